"""Works off files of the network that staff handed in."""

from benefits.actions.import_network import import_network
from benefits.models import ProviderImport
from members.actions.run_delivery import run_delivery, stalled


def run_provider_import(*, import_id: int) -> None:
    """As `run_delivery` says, which raises ImportIsRunning."""
    run_delivery(model=ProviderImport, import_id=import_id, import_files=import_network)


def stalled_provider_imports() -> list[int]:
    """Ids of those that nobody works on, though somebody should: their task or their worker is lost."""
    return stalled(ProviderImport)
