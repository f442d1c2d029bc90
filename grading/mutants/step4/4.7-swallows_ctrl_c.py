# fails: test_ctrl_c_ends_all
# Ctrl-C is taken for a failed model.
# ---
try:
    return train_one(configuration)
except BaseException as error:
    return ModelResult(name=configuration["name"], type=configuration["type"], error=f"{type(error).__name__}: {error}")
