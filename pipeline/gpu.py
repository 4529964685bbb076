"""Whether this machine has a GPU that PyTorch can use."""


def has_gpu() -> bool:
    """Whether PyTorch can use a GPU here. PyTorch is loaded for it, which takes about a second."""
    import torch

    return torch.cuda.is_available()
