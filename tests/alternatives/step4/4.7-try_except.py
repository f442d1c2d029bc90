# Missing generators by exception, KeyboardInterrupt raised again by hand.
with isolated_random_state(seed):
    model = build()
try:
    loader.generator.manual_seed(seed)
except AttributeError:
    pass
return model
# ---
try:
    return train_one(dict(configuration))
except (KeyboardInterrupt, SystemExit):
    raise
except BaseException as problem:
    return ModelResult(
        error="%s: %s" % (type(problem).__name__, problem), **{key: configuration[key] for key in ("name", "type")}
    )
