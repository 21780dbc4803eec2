// What the pages do better with a script; every one of them works without it.
const all = (css, root = document) => [...root.querySelectorAll(css)];
const say = text => { const at = document.querySelector("#dito"); if (at) at.textContent = text; };

// Dialogs: a link to #id opens the <dialog>; without a script, :target shows it.
document.addEventListener("click", event => {
  const link = event.target.closest("a[data-dialog]");
  if (!link) return;
  event.preventDefault();
  document.querySelector(link.hash).showModal();
});
all("dialog a[data-close]").forEach(link => link.addEventListener("click", event => {
  const dialog = link.closest("dialog");
  if (!dialog.open) return;
  event.preventDefault();
  dialog.close();
}));

// Copy: the button names what it copies; it shows only where there is a clipboard.
all("[data-copy]").forEach(button => {
  button.hidden = !navigator.clipboard;
  const word = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    button.textContent = "Copiado";
    say("Copiado");
    setTimeout(() => { button.textContent = word; }, 2000);
  });
});

// Fold and unfold a body.
all("[data-fold]").forEach(button => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const parts = all("details", document.querySelector(button.dataset.fold));
    const open = parts.some(part => !part.open);
    parts.forEach(part => { part.open = open; });
    button.textContent = open ? "Recolher tudo" : "Abrir tudo";
  });
});

// j and k, or the arrows, walk a list that has the focus.
all(".list tbody").forEach(body => body.addEventListener("keydown", event => {
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  const links = all(".open", body), here = links.indexOf(document.activeElement);
  if (!step || here < 0) return;
  event.preventDefault();
  links[here + step]?.focus();
}));

// Live: asks once a second, while visible, for what is newer than the cursor; says when nobody answers.
// A row that is there already has changed; the newest stands first, whatever came when.
const live = document.querySelector("[data-live]");
if (live) {
  const state = document.querySelector(".live");
  const address = new URL(live.dataset.live, location.href);
  const told = ok => {
    if (ok !== state.classList.contains("off")) return;
    state.classList.toggle("off", !ok);
    state.textContent = ok ? "Ao vivo" : `Sem ligação desde ${new Date().toLocaleTimeString("pt-BR")}`;
    say(state.textContent);
  };
  const put = row => {
    const known = document.getElementById(row.id);
    if (known) {
      if (!known.contains(document.activeElement)) known.replaceWith(row);
      return false;
    }
    row.classList.add("fresh");
    live.insertBefore(row, all("tr[id]", live).find(each => each.id < row.id) ?? null);
    return true;
  };
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      address.searchParams.set("depois", page.documentElement.dataset.depois);
      const fresh = all("tr[id]", page).filter(put).length;
      all("[data-aparece]").forEach(part => { part.hidden = !live.children.length; });
      all("[data-vazio]").forEach(part => { part.hidden = live.children.length > 0; });
      if (fresh) say(fresh === 1 ? "Chegou 1 entrega" : `Chegaram ${fresh} entregas`);
      told(true);
    } catch { told(false); }
  };
  const loop = async () => { await ask(); setTimeout(loop, 1000); };
  loop();
}

// Progress: what is not finished is asked for again, once a second; the finished page is a page of its own.
const going = document.querySelector("[data-progress]");
if (going) {
  const look = async () => {
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(5000) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-progress]");
      if (!now || page.title !== document.title) { location.reload(); return; }
      going.replaceChildren(...now.childNodes);
    } catch { say("Sem ligação"); }
    setTimeout(look, 1000);
  };
  setTimeout(look, 300);
}
