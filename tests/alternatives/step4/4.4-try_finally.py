# The mode is put back even after an error; the loss written out; labels checked first.
mode = model.training
try:
    with torch.inference_mode():
        model.eval()
        for images, labels in loader:
            shares = model(images.to(device)).float().log_softmax(1)
            check_labels(labels, shares.shape[-1])
            loss_sum -= float(shares.cpu()[torch.arange(len(labels)), labels.cpu()].sum())
            correct += (shares.argmax(1).cpu() == labels.cpu()).sum().item()
            seen += labels.numel()
finally:
    model.train(mode)
