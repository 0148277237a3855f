"""Everything the hosts are made from, built side by side the first time and then kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from wizard.practice.apt_sources import AptSources
from wizard.practice.artefact import Report, obtain
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import Kind, PracticeHost
from wizard.practice.machine_image import (
    EXTERNAL_STORAGE,
    PLAIN,
    Contents,
    build_machine_image,
    machine_image_recipe,
)
from wizard.practice.mirror import download_packages, index_mirror, mirror_recipe
from wizard.practice.node import build_node, node_recipe
from wizard.practice.root import build_root, root_recipe


@dataclass(frozen=True)
class Images:
    """The built directories."""

    root: Path
    machine: Path
    mirror: Path
    node: Path
    external: Path
    """The external file server's: built only when one is wanted, and kept from then on."""

    def of(self, host: PracticeHost) -> Path:
        """What a new disk of the host is based on."""
        if host.role == "external_storage":
            return self.external
        return self.machine if host.kind is Kind.MACHINE else self.root

    @property
    def paths(self) -> set[Path]:
        """All of them."""
        return {self.root, self.machine, self.mirror, self.node, self.external}


def obtain_images(
    directory: FleetDirectory, sources: AptSources, report: Report, *, external_storage: bool
) -> Images:
    """Return everything built, building what the cache lacks; several things at a time.

    Args:
        directory: the fleet.
        sources: this machine's package sources.
        report: is told each line of progress.
        external_storage: the external file server's image is wanted, too.

    Raises:
        PracticeError: something cannot be fetched or built.
    """
    cache = directory.cache
    cache.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(3) as pool:
        node = pool.submit(obtain, cache, node_recipe(), build_node, report)
        root = obtain(cache, root_recipe(sources), lambda at: build_root(at, sources), report)

        def build_mirror(at: Path) -> None:
            download_packages(at, root / "root", sources)
            index_mirror(at, node.result())

        recipe = mirror_recipe(sources, root, cache / node_recipe().directory_name)
        mirror = pool.submit(obtain, cache, recipe, build_mirror, report)

        def build_image(contents: Contents) -> Path:
            return obtain(
                cache,
                machine_image_recipe(root, contents),
                lambda at: build_machine_image(at, root / "root", sources, contents),
                report,
            )

        machine = pool.submit(build_image, PLAIN)
        external = pool.submit(build_image, EXTERNAL_STORAGE) if external_storage else None
        images = Images(
            root,
            machine.result(),
            mirror.result(),
            node.result(),
            external.result()
            if external
            else cache / machine_image_recipe(root, EXTERNAL_STORAGE).directory_name,
        )
    for link, target in ((directory.mirror, images.mirror), (directory.node, images.node)):
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    return images
