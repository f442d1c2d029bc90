"""The commands of the reference; torch is imported inside them, so that `--help` comes at once."""

import argparse
import difflib
import io
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

PROGRAM = "workshop"
SMALLEST, LARGEST = 8, 2048
"""Pixels of an image's side: less shows no character, and more fills the memory."""

SOURCES = "mnist, digits8x8, synthetic:SET, hub:OWNER/NAME[:CONFIG], or a folder with one folder per class"
MADE_AGAIN = "a new folder, or a data set that can be made again (nobody changed it or added to it): it is replaced"
CHARACTER_SETS = "numbers, uppercase_letters, lowercase_letters, letters, symbols, mixed, or the characters themselves"


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Computer vision on handwriting, from a blank sheet to compared models."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = _command(commands, "demo", "Train, evaluate and compare four models on 5,000 real digits, and write a report.")
    demo.add_argument("--out", type=Path, default=Path("demo_results"), help="results folder (default: %(default)s)")
    _training_options(demo)
    demo.set_defaults(function=_demo)

    run = _command(commands, "run", "All six steps in full.")
    run.add_argument("--out", type=Path, default=Path("my_workshop_results"), help="results folder (default: %(default)s)")
    run.add_argument("--data", default="mnist", metavar="SOURCE", help=f"{SOURCES} (default: %(default)s)")
    run.add_argument("--size", type=_size, metavar="PIXELS", help="image size (default: 32, or a folder's own)")
    run.add_argument("--models", nargs="+", metavar="MODEL", help="which models (default: one of each family)")
    run.add_argument("--epochs", type=_positive, help="passes over the training images, for every model")
    run.add_argument("--resume", action="store_true", help="go on with an interrupted run in the same folder")
    _training_options(run)
    run.set_defaults(function=_run)

    models = _command(commands, "models", "A table of all models: parameters, FLOPs, and speed on this machine.")
    models.add_argument("--classes", type=_positive, default=10, help="(default: %(default)s)")
    models.add_argument("--size", type=_size, default=32, metavar="PIXELS", help="image size (default: %(default)s)")
    models.add_argument("--channels", type=_positive, default=1, help="1 for grey, 3 for colour (default: %(default)s)")
    models.add_argument("--no-speed", action="store_true", help="sizes only, at once")
    models.set_defaults(function=_models)

    dataset = _command(commands, "dataset", "Make, check, clean and merge data sets: one folder of PNG files per class.")
    kinds = dataset.add_subparsers(dest="kind", required=True, metavar="KIND")
    synthetic = _command(kinds, "synthetic", "Drawn characters, by writers who differ.")
    synthetic.add_argument("out", type=Path, help=MADE_AGAIN)
    synthetic.add_argument("--characters", default="mixed", metavar="SET", help=f"{CHARACTER_SETS} (default: %(default)s)")
    synthetic.add_argument("--per-class", type=_positive, default=100, metavar="N", help="(default: %(default)s)")
    synthetic.add_argument("--size", type=_size, default=32, metavar="PIXELS", help="image size (default: %(default)s)")
    synthetic.add_argument("--seed", type=_seed, default=0, help="another number, other writers (default: %(default)s)")
    synthetic.set_defaults(function=_dataset_synthetic)
    pictures = _command(kinds, "from-images", "Your own pictures, each of one character, with a little paper around it.")
    pictures.add_argument("images", type=Path, help="folder with one folder per class, or any folder with --labels")
    pictures.add_argument("out", type=Path, help=MADE_AGAIN)
    pictures.add_argument("--labels", type=Path, metavar="CSV", help="file with the columns filename and label")
    pictures.add_argument("--characters", metavar="SET", help=f"take only these: {CHARACTER_SETS}")
    pictures.add_argument("--size", type=_size, default=32, metavar="PIXELS", help="image size (default: %(default)s)")
    pictures.set_defaults(function=_dataset_from_images)
    export = _command(kinds, "export", "Any source as an image folder.")
    export.add_argument("data", metavar="SOURCE", help=SOURCES)
    export.add_argument("out", type=Path, help=MADE_AGAIN)
    export.add_argument("--split", default="train", help="part of a hub data set (default: %(default)s)")
    export.add_argument("--size", type=_size, metavar="PIXELS", help="image size (default: 32, or a folder's own)")
    export.set_defaults(function=_dataset_export)
    merge = _command(kinds, "merge", "Several data sets in one, classes matched by name, writers kept apart.")
    merge.add_argument("data", nargs="+", metavar="SOURCE", help=SOURCES)
    merge.add_argument("out", type=Path, help="a new folder")
    merge.add_argument("--size", type=_size, metavar="PIXELS", help="image size (default: 32, or a folder's own)")
    merge.set_defaults(function=_dataset_merge)
    check = _command(kinds, "check", "Class counts, writers, near-duplicates, and labels that are probably wrong.")
    check.add_argument("data", metavar="SOURCE", help=SOURCES)
    check.add_argument("--out", type=Path, metavar="FOLDER", help="write findings.csv and pictures of what was found, too")
    check.set_defaults(function=_dataset_check)
    clean = _command(kinds, "clean", "A data set without near-duplicates.")
    clean.add_argument("data", metavar="SOURCE", help=SOURCES)
    clean.add_argument("out", type=Path, help="a new folder")
    clean.add_argument("--balance", action="store_true", help="as many images of each class as the smallest one has")
    clean.add_argument("--seed", type=_seed, default=0, help="of the choice for --balance (default: %(default)s)")
    clean.set_defaults(function=_dataset_clean)

    sheet = _command(commands, "sheet", "A sheet to print and write on.")
    sheet.add_argument(
        "out", type=Path, nargs="?", default=Path("handwriting_sample.pdf"), help=".pdf or .png (default: %(default)s)"
    )
    sheet.add_argument("--characters", default="mixed", metavar="SET", help=f"{CHARACTER_SETS} (default: %(default)s)")
    sheet.add_argument("--paper", choices=("a4", "letter"), default="a4", help="(default: %(default)s)")
    sheet.set_defaults(function=_sheet)

    scan = _command(commands, "scan", "Photos of filled-in sheets -> a data set, one writer at a time.")
    scan.add_argument("photos", type=Path, nargs="+", metavar="PHOTO", help="one writer's photos or PDFs, or folders of them")
    scan.add_argument(
        "--out",
        type=Path,
        default=Path("my_dataset"),
        metavar="FOLDER",
        help="a new folder, or a data set to add to (default: %(default)s)",
    )
    scan.add_argument("--size", type=_size, default=32, metavar="PIXELS", help="image size (default: %(default)s)")
    scan.add_argument("--writer", type=int, metavar="NUMBER", help="who wrote them (default: the next free number)")
    scan.set_defaults(function=_scan)

    draw = _command(commands, "draw", "A page to draw on: trained models read along, and drawings are kept in a data set.")
    draw.add_argument(
        "checkpoints",
        type=Path,
        nargs="*",
        metavar="CHECKPOINT",
        help="best.safetensors files (default: all in demo_results and my_workshop_results)",
    )
    draw.add_argument(
        "--out",
        type=Path,
        default=Path("my_drawings"),
        metavar="FOLDER",
        help="a data set to begin or to add to (default: %(default)s)",
    )
    draw.add_argument("--writer", type=int, metavar="NUMBER", help="who draws (default: the next free number, at each start)")
    draw.add_argument("--port", type=_positive, default=8000, help="or the next that is free (default: %(default)s)")
    draw.add_argument(
        "--host",
        default="127.0.0.1",
        help="0.0.0.0 lets others in the network in, such as your phone (default: %(default)s, only this computer)",
    )
    draw.add_argument("--no-browser", action="store_true", help="only print the address")
    draw.set_defaults(function=_draw)

    evaluate = _command(commands, "evaluate", "Test a trained model on a data set.")
    evaluate.add_argument("checkpoint", type=Path, help="a best.safetensors")
    evaluate.add_argument("--data", required=True, metavar="SOURCE", help=SOURCES)
    evaluate.add_argument("--split", default="test", help="part of a hub data set (default: %(default)s)")
    evaluate.add_argument("--out", type=Path, metavar="FOLDER", help="write the figures as JSON and pictures, too")
    evaluate.set_defaults(function=_evaluate)

    predict = _command(commands, "predict", "Let a trained model read pictures, each of one character.")
    predict.add_argument("checkpoint", type=Path, help="a best.safetensors")
    predict.add_argument("images", type=Path, nargs="+", help="picture files, or folders of them")
    predict.add_argument("--top", type=_positive, default=3, metavar="K", help="guesses per picture (default: %(default)s)")
    predict.set_defaults(function=_predict)
    return parser


def _positive(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, got {text!r}")
    return int(text)


def _size(text: str) -> int:
    """The side of an image in pixels."""
    if not text.isdecimal() or not SMALLEST <= int(text) <= LARGEST:
        raise argparse.ArgumentTypeError(f"must be a whole number from {SMALLEST} to {LARGEST}, got {text!r}")
    return int(text)


def _seed(text: str) -> int:
    """What a random generator can start from."""
    if not text.removeprefix("-").isdecimal() or not -(2**63) <= int(text) < 2**63:
        raise argparse.ArgumentTypeError(f"must be a whole number of at most 63 bits, got {text!r}")
    return int(text)


def _command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=text, description=text)


def _training_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)")
    parser.add_argument("--seed", type=_seed, default=0, help="of splits, weights and batches (default: %(default)s)")


def main(arguments: Sequence[str] | None = None, *, typed: Sequence[str] = ()) -> int:
    """Run a command; 0 if it worked, 1 if it could not, 2 for a wrong command line, 130 after Ctrl-C.

    `typed` are options of another program, which has run this one: whoever types the command again types them, too.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an alphabet without ✓ or ×, as of a pipe on Windows, shows a ? instead
            stream.reconfigure(errors="replace")
    options = build_parser().parse_args(arguments)
    try:
        options.function(options)
    except KeyboardInterrupt:
        again = shlex.join([PROGRAM, *arguments, *typed, *([] if "--resume" in arguments else ["--resume"])])
        print("\nstopped" + (f"; to go on where it was: {again}" if options.command == "run" else ""), file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, ValueError) as error:  # wrong input, no network, no space: sentences, not tracebacks
        print(f"workshop {options.command}: {error}", file=sys.stderr)
        return 1
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise
        print(f"workshop {options.command}: this needs more memory than there is; ask for less, or smaller", file=sys.stderr)
        return 1
    return 0


def _characters(text: str) -> str | list[str]:
    """The name of a character set, or the characters themselves.

    Raises:
        ValueError: what looks like a misspelt name.
    """
    from handwriting_workshop.synthetic import CHARACTER_SETS as KNOWN

    if text in KNOWN:
        return text
    if meant := difflib.get_close_matches(text.lower(), KNOWN, n=1, cutoff=0.75):
        raise ValueError(f"{text!r} is no character set; did you mean {meant[0]}?")
    return list(text)


def _demo(options: argparse.Namespace) -> None:
    from handwriting_workshop.workshop_notebook import run_quick_demo

    run_quick_demo(options.out, device=options.device, seed=options.seed)


def _run(options: argparse.Namespace) -> None:
    from handwriting_workshop.models import MODEL_NAMES
    from handwriting_workshop.workshop_notebook import COMPLETE_MODELS, HandwritingWorkshop

    known = {config["type"]: config for config in COMPLETE_MODELS}
    if unknown := [name for name in options.models or () if name not in MODEL_NAMES]:
        raise ValueError(f"unknown model {unknown[0]!r}; choose among: {', '.join(MODEL_NAMES)}")
    models = [known.get(name, {"name": name, "type": name}) for name in dict.fromkeys(options.models or known)]
    if options.epochs is not None:
        models = [config | {"epochs": options.epochs} for config in models]
    workshop = HandwritingWorkshop(
        options.out, source=options.data, image_size=options.size, models=models, device=options.device, seed=options.seed
    )
    workshop.run_complete_workshop(resume=options.resume)
    if all(result.error for result in workshop.results.values()):
        raise ValueError(f"no model was trained to the end; the reasons are above, and in {options.out / 'report.html'}")


def _models(options: argparse.Namespace) -> None:
    from tqdm.auto import tqdm

    from handwriting_workshop.models import MODEL_NAMES
    from handwriting_workshop.profiling import model_table, profile_model
    from handwriting_workshop.report import plain_table

    shape = {"image_size": options.size, "in_channels": options.channels}
    profiles, notes = [], []
    for name in tqdm(MODEL_NAMES, desc="measuring", unit="model", disable=None, leave=False):
        try:
            profiles.append(profile_model(name, options.classes, **shape, speed=not options.no_speed))
        except ValueError as error:
            notes.append(str(error))
    if not profiles:
        raise ValueError(notes[0])
    print("\n".join([plain_table(model_table(profiles)), *notes]))


def _dataset_synthetic(options: argparse.Namespace) -> None:
    from handwriting_workshop.dataset_creator import create_handwriting_dataset

    creator = create_handwriting_dataset(
        options.out,
        "synthetic",
        character_set=_characters(options.characters),
        num_samples_per_class=options.per_class,
        image_size=options.size,
        seed=options.seed,
    )
    print(f"{creator.samples!r} in {options.out}")


def _dataset_from_images(options: argparse.Namespace) -> None:
    from handwriting_workshop.dataset_creator import create_handwriting_dataset

    creator = create_handwriting_dataset(
        options.out,
        "from_images",
        images_dir=options.images,
        labels_file=options.labels,
        character_set=None if options.characters is None else _characters(options.characters),
        image_size=options.size,
    )
    assert creator.collected is not None  # from_images always says what it collected
    print(f"{creator.samples!r} in {options.out}\n{creator.collected.summary()}")


def _dataset_export(options: argparse.Namespace) -> None:
    from handwriting_workshop.samples import check_outside
    from handwriting_workshop.sources import load_samples

    check_outside(options.out, options.data)
    samples = load_samples(options.data, image_size=options.size, split=options.split)
    samples.to_image_folder(options.out)
    print(f"{samples!r} in {options.out}")


def _dataset_merge(options: argparse.Namespace) -> None:
    from handwriting_workshop.curation import merge_samples
    from handwriting_workshop.samples import check_outside
    from handwriting_workshop.sources import load_samples

    if len(options.data) < 2:
        raise ValueError("give at least two data sets, and a new folder for the whole")
    _check_new(options.out)
    for source in options.data:
        check_outside(options.out, source)
    samples = merge_samples([load_samples(source, image_size=options.size) for source in options.data])
    samples.to_image_folder(options.out)
    print(f"{samples!r} in {options.out}")


def _dataset_check(options: argparse.Namespace) -> None:
    from handwriting_workshop.checkpoints import write_atomically
    from handwriting_workshop.cleaning import find_near_duplicates, find_suspicious_labels, findings_table
    from handwriting_workshop.plots import plot_images, save_figure
    from handwriting_workshop.report import plain_table
    from handwriting_workshop.samples import CARD, check_outside, written_pictures
    from handwriting_workshop.sources import load_samples

    if options.out is not None:
        check_outside(options.out, options.data)
    samples = load_samples(options.data)
    counts = zip(samples.classes, samples.class_counts().tolist(), strict=True)
    print(f"{samples!r}\n\n{plain_table([['class', 'images'], *([name, f'{count:,}'] for name, count in counts)])}\n")
    if samples.writers is None:
        print("writers: unknown")
    else:
        known = samples.writers[samples.writers >= 0]
        print(f"writers: {len(known.unique())}, for {len(known)} of {len(samples)} images")
    duplicates = find_near_duplicates(samples)
    contradictions = sum(len(group.classes) > 1 for group in duplicates)
    print(f"near-duplicates: {sum(len(group.positions) - 1 for group in duplicates)} images are copies of another")
    if contradictions:
        print(f"contradictions: {contradictions} group(s) of copies have different labels")
    try:
        suspicious = find_suspicious_labels(samples)
        print(f"suspicious labels: {len(suspicious)}" + ("; look at each one, it may only be unusual" if suspicious else ""))
    except ValueError as error:  # too few images or classes: the rest of the check still counts
        suspicious = []
        print(f"suspicious labels: not checked; {error}")
    if options.out is None:
        return
    folder = Path(options.data)
    names = [path.relative_to(folder).as_posix() for path in written_pictures(folder)] if (folder / CARD).is_file() else []
    write_atomically(options.out / "findings.csv", findings_table(samples, duplicates, suspicious, names).encode())
    shown = suspicious[:120]
    if shown:
        titles = [f"{label.given} → {label.likely}" for label in shown]
        images = samples.images[[label.position for label in shown]]
        heading = f"{len(shown)} of {len(suspicious)} suspicious labels: given → likely"
        save_figure(plot_images(images, titles, 12, heading), options.out / "suspicious_labels.png")
    pairs = [position for group in duplicates[:60] for position in group.positions[:2]]
    if pairs:
        titles = [samples.classes[label] for label in samples.labels[pairs].tolist()]
        heading = f"near-duplicates in pairs: the first two of each of {len(pairs) // 2} groups (of {len(duplicates)})"
        save_figure(plot_images(samples.images[pairs], titles, 12, heading), options.out / "near_duplicates.png")
    print(f"\nwritten to {options.out}")


def _dataset_clean(options: argparse.Namespace) -> None:
    from handwriting_workshop.cleaning import remove_near_duplicates
    from handwriting_workshop.curation import balance_classes
    from handwriting_workshop.samples import check_outside
    from handwriting_workshop.sources import load_samples

    _check_new(options.out)
    check_outside(options.out, options.data)
    samples = load_samples(options.data)
    cleaned = remove_near_duplicates(samples)
    print(f"{len(samples) - len(cleaned)} near-duplicates left out")
    if options.balance:
        balanced = balance_classes(cleaned, seed=options.seed)
        print(f"{len(cleaned) - len(balanced)} images left out so that every class has {int(balanced.class_counts().max())}")
        cleaned = balanced
    cleaned.to_image_folder(options.out)
    print(f"{cleaned!r} in {options.out}")


def _check_new(folder: Path) -> None:
    """Refuse a folder with something in it: forgetting OUT must not replace the last data set by the others."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; give a new folder for the result")


def _sheet(options: argparse.Namespace) -> None:
    from handwriting_workshop.sheets import create_sample_sheet
    from handwriting_workshop.synthetic import characters_of

    for path in create_sample_sheet(options.out, characters_of(_characters(options.characters)), paper=options.paper):
        print(path)


def _scan(options: argparse.Namespace) -> None:
    from handwriting_workshop.scanning import scan_sheets

    paths = [path for given in options.photos for path in (_pictures_in(given, ".pdf") if given.is_dir() else [given])]
    scanned = scan_sheets(paths, options.out, image_size=options.size, writer=options.writer)
    print(f"{scanned.summary()}\nwritten to {scanned.output_dir}; what was taken: {scanned.contact_sheet}")


def _draw(options: argparse.Namespace) -> None:
    from handwriting_workshop.drawing_server import serve

    serve(
        options.checkpoints,
        options.out,
        host=options.host,
        port=options.port,
        open_browser=not options.no_browser,
        writer=options.writer,
    )


def _evaluate(options: argparse.Namespace) -> None:
    from handwriting_workshop.checkpoints import load_checkpoint
    from handwriting_workshop.data_loader import BatchLoader, Normalization
    from handwriting_workshop.evaluator import ModelEvaluator, worst_mistakes
    from handwriting_workshop.plots import plot_confusion_matrix, plot_mistakes, plot_reliability, plot_roc_curves, save_figure
    from handwriting_workshop.report import evaluation_report
    from handwriting_workshop.samples import check_outside
    from handwriting_workshop.sources import load_samples

    if options.out is not None:
        check_outside(options.out, options.data)
    checkpoint = load_checkpoint(options.checkpoint)
    card, spec = checkpoint.card, checkpoint.spec
    samples = load_samples(options.data, image_size=spec.image_size, split=options.split).with_classes(checkpoint.classes)
    loader = BatchLoader(samples, Normalization(*checkpoint.normalization), batch_size=256)
    evaluation = ModelEvaluator(checkpoint.model).evaluate_dataset(loader)
    print(f"{spec.name} (trained on {card.data or 'unknown data'}) on {samples!r}\n")
    print(evaluation_report(evaluation))
    if options.out is not None:
        evaluation.save(options.out / "evaluation.json")
        for name, figure in (
            ("confusion_matrix", plot_confusion_matrix(evaluation)),
            ("roc_curves", plot_roc_curves(evaluation)),
            ("reliability", plot_reliability(evaluation)),
            ("mistakes", plot_mistakes(samples.images, evaluation, worst_mistakes(evaluation))),
        ):
            save_figure(figure, options.out / f"{name}.png")
        print(f"\nwritten to {options.out}")


def _predict(options: argparse.Namespace) -> None:
    from handwriting_workshop.checkpoints import load_checkpoint
    from handwriting_workshop.dataset_creator import normalize_picture
    from handwriting_workshop.images import PictureError, open_picture, to_grey

    checkpoint = load_checkpoint(options.checkpoint)
    paths = [path for given in options.images for path in (_pictures_in(given) if given.is_dir() else [given])]
    failed = 0
    for path in paths:
        try:
            image = normalize_picture(to_grey(open_picture(path)), checkpoint.spec.image_size)
        except PictureError as error:
            print(f"{path}  cannot be read: {str(error).removeprefix(f'{path}: ')}")
            failed += 1
            continue
        probabilities = checkpoint.predict(image[None])[0]
        best = probabilities.topk(min(options.top, len(probabilities)))
        guesses = [
            f"{checkpoint.classes[at]} {share:.1%}" for at, share in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]
        print(f"{path}  " + "  ".join(guesses))
    if failed:
        raise ValueError(f"{failed} of {len(paths)} pictures could not be read")


def _pictures_in(folder: Path, *other_suffixes: str) -> list[Path]:
    """The pictures of a folder and the folders in it, and what else is asked for, by their names."""
    from handwriting_workshop.images import PICTURE_SUFFIXES

    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in {*PICTURE_SUFFIXES, *other_suffixes}
        and not path.is_dir()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found:
        raise ValueError(f"there are no pictures in {folder}")
    return found
