"""The model hub's troubles in the kit's words. Written from its client's documentation, not yet run against a hub."""

from __future__ import annotations

import contextlib

from ..errors import SrmLabError, unknown_name
from .catalogue import CATALOGUE


def need_network(name: str, repository: str) -> None:
    """Fail at once, instead of after the hub client's retries, where its host cannot even be looked up.

    A repository that is in the client's cache already, or a proxy that we cannot see through, is left to the client.
    """
    import socket
    from urllib.parse import urlparse
    from urllib.request import getproxies

    from huggingface_hub import constants

    if _in_cache(repository) or getproxies():
        return
    if constants.HF_HUB_OFFLINE:
        raise _no_network(name, "HF_HUB_OFFLINE is set.")
    try:
        socket.getaddrinfo(urlparse(constants.ENDPOINT).hostname, 443)
    except OSError as error:
        raise _no_network(name, str(error)) from error


def _in_cache(repository: str) -> bool:
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        return any(repo.repo_id == repository for repo in scan_cache_dir().repos)
    except CacheNotFound:
        return False


def _no_network(name: str, why: str) -> SrmLabError:
    return SrmLabError(
        f"{name} is not on this machine, and the model hub cannot be reached.",
        why,
        'Check the name and the network. Without one, srm.load_model("smollm2-135m") works once it was fetched, '
        "and so does any local folder.",
    )


@contextlib.contextmanager
def hub_errors(name: str):
    """Turn whatever reading a stranger's files raises into one error that says what to do."""
    try:
        yield
    except SrmLabError:
        raise
    except Exception as error:  # the hub client, transformers, safetensors and gguf share no base class
        raise _translated(name, error) from error


def _translated(name: str, error: Exception) -> SrmLabError:
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    chain = (error, error.__cause__, error.__context__)
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if any(isinstance(e, GatedRepoError) for e in chain) or "gated repo" in str(error):
        return SrmLabError(
            f"{name} is gated on the hub.", text, "Accept its licence on its page, then log in with `hf auth login`."
        )
    if any(isinstance(e, RepositoryNotFoundError) for e in chain) or "valid model identifier" in str(error):
        return unknown_name("model", name, CATALOGUE, "Check the spelling on the hub; private ones need a login.")
    if "connect" in text:
        return _no_network(name, text)
    return SrmLabError(
        f"{name} could not be loaded.",
        text,
        "Its files must be complete and hold a causal language model, in safetensors or GGUF, that this version of "
        "transformers knows.",
    )
