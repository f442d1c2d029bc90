"""The README's pictures that the demo does not make: `python -m tests.pictures RESULTS OUT` (`nox -s pictures` calls it)."""

import sys
import tempfile
import threading
from pathlib import Path

import torch
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from handwriting_workshop.data_loader import contact_sheet
from handwriting_workshop.drawing_server import create_app, listening
from handwriting_workshop.sources import embedded_mnist
from handwriting_workshop.synthetic import create_synthetic_samples
from tests.bench.scanning import write_example
from tests.test_drawing_pad import draw, system_browser

TWO = [
    (0.3, 0.32),
    (0.36, 0.2),
    (0.5, 0.15),
    (0.64, 0.21),
    (0.68, 0.35),
    (0.6, 0.52),
    (0.45, 0.68),
    (0.28, 0.84),
    (0.5, 0.82),
    (0.74, 0.84),
]
SEVEN = [(0.24, 0.2), (0.42, 0.18), (0.6, 0.19), (0.76, 0.17), (0.66, 0.34), (0.56, 0.52), (0.49, 0.7), (0.44, 0.87)]
PER_SIDE = 12


def drawn_beside_real(path: Path) -> None:
    """A row for each digit: real ones left, drawn ones right; chosen by seed, not by hand."""
    generator = torch.Generator().manual_seed(0)
    real, drawn = embedded_mnist(), create_synthetic_samples("numbers", 10 * PER_SIDE, seed=0)
    rows = []
    for label in range(10):
        for samples in (real, drawn):
            members = (samples.labels == label).nonzero()[:, 0]
            rows.append(samples.images[members[torch.randperm(len(members), generator=generator)[:PER_SIDE]]])
    sides = [contact_sheet(torch.cat(rows[side::2]), columns=PER_SIDE) for side in (0, 1)]
    between = torch.full((len(sides[0]), 24), 255, dtype=torch.uint8)
    Image.fromarray(torch.cat([sides[0], between, sides[1]], dim=1).numpy()).save(path)


def drawing_page(results: Path, path: Path) -> None:
    """The page of `workshop draw`: a 2 has been kept, and a 7 is being read by every model of some results."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(sorted(results.glob("*/best.safetensors")), Path(folder, "my_drawings"))
        with listening(app, "127.0.0.1", 0) as server, sync_playwright() as playwright:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            browser = playwright.chromium.launch(executable_path=system_browser(), args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1040, "height": 860})
            page.goto(f"http://127.0.0.1:{server.port}")
            page.get_by_role("radio").nth(2).check(force=True)
            draw(page, TWO)
            page.keyboard.press("Enter")
            expect(page.locator("#kept")).to_contain_text("Added 2")
            page.get_by_role("radio").nth(7).check(force=True)
            draw(page, SEVEN)
            expect(page.locator("#seen")).to_be_visible()
            page.wait_for_timeout(500)  # until the bars have grown
            page.screenshot(path=path, full_page=True)
            browser.close()
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    demo_results, pictures = map(Path, sys.argv[1:])
    drawn_beside_real(pictures / "drawn_and_real.png")
    drawing_page(demo_results, pictures / "drawing_pad.png")
    write_example(pictures / "scan.jpg")
