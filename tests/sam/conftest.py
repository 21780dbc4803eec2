import sys
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from tests.e2e.serving import Served, serving
from tests.sam.base_image import IMAGE, base_image
from tests.sam.cloud import cloud
from tests.sam.deployed import Deployed
from tests.sam.docker import bridge_address, docker, docker_running
from tests.sam.local import CONTAINERS_HOST, OPTION, SamLocal

PROBE = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + '/_ministack/ready', timeout=10)"


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have Docker running, and in it the image that SAM looks for."""
    with docker_running(tmp_path_factory.mktemp("docker") / "log"):
        base_image()
        yield


@pytest.fixture(scope="session")
def served(
    image: None,  # noqa: ARG001 (the bridge is there when Docker runs)
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """Run one local stack for all of `sam local`, which containers reach as README.md says."""
    expose = ["--expose", bridge_address()] if sys.platform == "linux" else []
    with serving(tmp_path_factory.mktemp("serve") / "log", *expose) as running:
        yield running


@pytest.fixture(scope="session")
def sam_local(
    served: Served,
    tmp_path_factory: pytest.TempPathFactory,
) -> SamLocal:
    """Give `sam local`, its containers working on the stores of the local stack."""
    endpoint = f"http://{CONTAINERS_HOST}:{urlsplit(served.where['aws_endpoint']).port}"
    reached = docker("run", "--rm", *OPTION, "--entrypoint", "python3", IMAGE, "-c", PROBE, endpoint)
    if reached.returncode:
        reason = reached.stderr.strip().rpartition("\n")[2]
        pytest.fail(f"No container reaches the emulated AWS, at {endpoint}: {reason}", pytrace=False)
    return SamLocal(endpoint, tmp_path_factory.mktemp("sam"))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Deploy the built template as it stands, as README.md says, to an AWS on this machine."""
    with cloud(tmp_path_factory.mktemp("cloud") / "log") as endpoint, closing(Deployed(endpoint)) as stack:
        stack.sam("deploy")
        stack.mend()
        yield stack
