"""Computer vision on handwriting, from a blank sheet to compared models.

The six steps, one module (or two) each:

1. `synthetic`, `sources`            drawn and real handwriting -> `Samples`
2. `data_loader`                     `Samples` -> splits -> normalised, augmented batches
3. `models`, `profiling`             `create_model`: CNNs, ResNets, Vision Transformers; their size and speed
4. `trainer`                         `ModelTrainer`, `MultiModelTrainer`
5. `evaluator`                       predictions -> metrics
6. `dataset_creator`, `sheets`       your own pictures -> `Samples`; printable sheets

`samples`, `results`, `images`, `devices`, `hub`, `checkpoints`, `plots` and `report` are what the steps share;
`workshop_notebook` runs all of it. Importing this package imports none of them, and so no torch: it is instant.
"""

__version__ = "0.1.0"
