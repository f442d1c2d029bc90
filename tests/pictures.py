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


def step1(folder: Path) -> None:
    """From a shape's points to a picture, for three writers: what each exercise adds, and real digits beside it."""
    from matplotlib.figure import Figure

    from handwriting_workshop.plots import BLUE, CYCLE, GREY, INK, save_figure
    from handwriting_workshop.strokes import stroke_shapes
    from handwriting_workshop.synthetic import INK_SHARE, Writers, draw_strokes, normalize_by_mass

    shapes, generator = stroke_shapes("4"), torch.Generator().manual_seed(3)
    points, strokes = shapes.points[:1].expand(3, -1, -1), shapes.strokes[:1].expand(3, -1)
    writers = Writers(
        slant=torch.tensor([-0.15, 0.25, 0.65]),
        aspect=torch.tensor([0.75, 1.0, 1.35]),
        tilt=torch.tensor([-0.12, 0.0, 0.1]),
        pen_width=torch.tensor([0.07, 0.1, 0.15]),
        curvature=torch.full((3,), 0.05),
        speed=torch.ones(3),
    )
    written = writers.write(points, strokes, torch.arange(3), generator)
    size = 48
    corner = torch.tensor([[30.0, 18.0], [18.0, 27.0], [27.0, 30.0]]).unsqueeze(1)  # where on the sheet each one writes
    length = torch.tensor([20.0, 26.0, 23.0]).view(3, 1, 1)
    pens = (writers.pen_width * length.flatten()).unsqueeze(1).expand(3, points.shape[1])
    drawn = draw_strokes((written - written.mean(dim=1, keepdim=True)) * length + corner, pens, size)
    normalized = normalize_by_mass(drawn)
    real = embedded_mnist().images[[2003, 2041, 2110], 0]

    figure = Figure(figsize=(6.6, 4.2), layout="constrained")
    grid = figure.subplots(3, 5)
    titles = ("strokes: points", "a writer's hand", "ink", "normalised by mass", "real (MNIST)")
    notes = ("given", "1.2 and 1.3", "1.1", "1.4", "1.5 and 1.6")
    for row in range(3):
        for axes, shape in ((grid[row, 0], points[row]), (grid[row, 1], written[row])):
            for stroke in strokes[row].unique():
                x, y = shape[strokes[row] == stroke].T
                axes.plot(x, y, ".", color=CYCLE[int(stroke)], markersize=3)
            axes.axhline(0, color=GREY, linewidth=0.4)
            axes.axvline(0, color=GREY, linewidth=0.4)
            axes.set(xlim=(-0.8, 0.8), ylim=(0.8, -0.8))
        for axes, picture in zip(grid[row, 2:], (drawn[row, 0], normalized[row, 0], real[row]), strict=True):
            axes.imshow(picture.numpy(), cmap="gray_r")
        middle, margin = 32 / 2 - 0.5, 32 * (1 - INK_SHARE) / 2
        grid[row, 3].plot(middle, middle, "+", color=BLUE, markersize=9, markeredgewidth=1.5)
        for edge in (margin - 0.5, 31.5 - margin):
            grid[row, 3].axhline(edge, color=BLUE, linewidth=0.6, linestyle=":")
            grid[row, 3].axvline(edge, color=BLUE, linewidth=0.6, linestyle=":")
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[], aspect="equal")
        for spine in axes.spines.values():
            spine.set(color=GREY, linewidth=0.6)
    for axes, title, note in zip(grid[0], titles, notes, strict=True):
        axes.set_title(f"{title}\n{note}", fontsize=9, color=INK)
    save_figure(figure, folder / "step1.png")


if __name__ == "__main__":
    demo_results, pictures = map(Path, sys.argv[1:])
    drawn_beside_real(pictures / "drawn_and_real.png")
    drawing_page(demo_results, pictures / "drawing_pad.png")
    write_example(pictures / "scan.jpg")
