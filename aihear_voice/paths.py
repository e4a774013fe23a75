"""Where things are. Alone in knowing whether the program runs from a checkout or from a wheel."""

from __future__ import annotations

import warnings
from pathlib import Path

from platformdirs import PlatformDirs

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent
_SHIPPED = _PACKAGE / "_shipped"  # what hatchling put into the wheel
_dirs = PlatformDirs("aihear", appauthor=False)


def _shipped(name: str) -> Path:
    return _SHIPPED / name if _SHIPPED.is_dir() else _CHECKOUT / name


def default_settings() -> Path:
    """config/default.toml."""
    return _shipped("config") / "default.toml"


def shipped_plugins() -> Path:
    """The plugins that come with the program."""
    return _shipped("plugins")


def assets() -> Path:
    """Files of our own making inside the package: the starter checkpoint, tones, the rehearsal."""
    return _PACKAGE / "assets"


def config() -> Path:
    """The person's own settings and plugins."""
    return Path(_dirs.user_config_dir)


def personal_settings() -> Path:
    return config() / "settings.toml"


def personal_plugins() -> Path:
    return config() / "plugins"


def models() -> Path:
    """Downloaded and imported checkpoints."""
    return Path(_dirs.user_data_dir) / "models"


def cache(name: str) -> Path:
    """A folder of what can be made again: models prepared for this computer."""
    return Path(_dirs.user_cache_dir) / name


def state(name: str) -> Path:
    """A file or folder that survives a restart: timers, the spool of sound that has no text yet."""
    return Path(_dirs.user_state_dir) / name


def history() -> Path:
    """What was said and done."""
    return state("history.db")


def runtime(name: str) -> Path:
    """A file that lives as long as the program runs: the control socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR (a service, sudo) its fallback serves as well
        return Path(_dirs.user_runtime_dir) / name
