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

// Every page asks whether it can still be answered, says what is wrong where it cannot, and since when, and is
// itself again when it can. The list of deliveries asks once a second for what is newer than its cursor.
const live = document.querySelector("[data-live]"), pill = document.querySelector(".live"), notice = document.querySelector("#aviso");
const GONE = { frase: "O inspetor não responde", saida: "Rode de novo no terminal o programa que o serve, e abra o endereço que ele mostra." };
const SLOW = { frase: "A AWS não responde a tempo", saida: "A página volta sozinha quando ela responder." };
const OTHER_KEY = { frase: "Este endereço não vale mais", saida: "O inspetor foi reiniciado: abra o endereço que o terminal mostrou." };
let trouble = "", since = "";
const tell = ({ frase, saida } = {}) => {
  if ((frase ?? "") === trouble) return;
  since = trouble ? since : new Date().toLocaleTimeString("pt-BR", { timeZone: "America/Sao_Paulo" });
  trouble = frase ?? "";
  notice.hidden = !trouble;
  notice.textContent = trouble ? `${frase} desde ${since}. ${saida}` : "";
  pill?.classList.toggle("off", !!trouble);
  if (pill) pill.textContent = trouble ? `Sem ligação desde ${since}` : "Ao vivo";
  if (!trouble) say("A ligação voltou");
};
const parsed = async answer => new DOMParser().parseFromString(await answer.text(), "text/html");
const get = async address => {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) { tell((await parsed(answer)).querySelector("[data-frase]")?.dataset ?? OTHER_KEY); return null; }
    tell();
    return answer;
  } catch (error) { tell(error.name === "TimeoutError" ? SLOW : GONE); return null; }
};
const each = (seconds, step) => {
  const loop = async () => {
    const goes = document.hidden || await step() !== false;
    if (goes) setTimeout(loop, seconds * 1000);
  };
  loop();
};

// A row that is there already has changed; the newest stands first, whatever came when.
// What is older than a full page stands on the next one.
const oldest = live && document.querySelector(".more a") ? all("tr[id]", live).at(-1).id : "";
const put = row => {
  if (row.id < oldest) return false;
  const known = document.getElementById(row.id);
  if (known) {
    if (!known.contains(document.activeElement)) known.replaceWith(row);
    return false;
  }
  row.classList.add("fresh");
  live.insertBefore(row, all("tr[id]", live).find(other => other.id < row.id) ?? null);
  return true;
};
// What stands above the list counts all of them: it is drawn anew when one came or changed, but not under a hand.
const redraw = async () => {
  const parts = all("[data-junto]"), answer = parts.length && await get(location.href);
  if (!answer) return;
  const page = await parsed(answer);
  for (const part of parts) {
    const now = page.getElementById(part.id);
    if (now && !now.isEqualNode(part) && !part.contains(document.activeElement)) part.replaceWith(now);
  }
};
if (live) {
  const address = new URL(live.dataset.live, location.href);
  each(1, async () => {
    const answer = await get(address);
    if (!answer) return;
    const page = await parsed(answer);
    if ("recarregar" in page.documentElement.dataset) { location.reload(); return false; }
    const known = address.searchParams.get("depois"), cursor = page.documentElement.dataset.depois;
    address.searchParams.set("depois", cursor);
    const fresh = all("tr[id]", page).filter(put).length;
    all("[data-aparece]").forEach(part => { part.hidden = !live.children.length; });
    all("[data-vazio]").forEach(part => { part.hidden = live.children.length > 0; });
    if (fresh) say(fresh === 1 ? "Chegou 1 entrega" : `Chegaram ${fresh} entregas`);
    if (cursor !== known) await redraw();  // one at a time, however slow AWS is
  });
} else if (!document.querySelector("[data-progress]")) {
  // The page of an error says by itself what this would say; it is asked for again when there is an answer.
  const failed = document.querySelector("[data-frase]");
  if (failed) notice.remove();
  if (!failed || "volta" in failed.dataset) each(2, async () => {
    if (await get("/ligacao") && failed) { location.reload(); return false; }
  });
}

// Progress: what is not finished is asked for again; the finished page is a page of its own.
const going = document.querySelector("[data-progress]");
if (going) each(.5, async () => {
  const answer = await get(location.href);
  if (!answer) return;
  const page = await parsed(answer), now = page.querySelector("[data-progress]");
  if (!now || page.title !== document.title) { location.reload(); return false; }
  going.replaceChildren(...now.childNodes);
});
