"""What a plugin's author imports: `from aihear_voice.plugin import Context, Reply, Then`."""

from ..errors import PluginError
from ..graphemes import graphemes
from ..ports import WindowAction
from ..types import Reply, Then
from .context import Context

__all__ = ["Context", "PluginError", "Reply", "Then", "WindowAction", "graphemes"]
