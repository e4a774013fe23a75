"""Whether an intent may be carried out: at once, after a yes, or never."""

from __future__ import annotations

from ..settings import PolicySettings, Verdict


def verdict(plugin: str, intent: str, policy: PolicySettings, confirm: bool, sure: bool = True) -> Verdict:
    """The person's word on "plugin.intent", else on all of "plugin", else the default.

    confirm: the plugin wants to be confirmed; that makes an "allow" that nobody wrote an "ask"
    sure: it was surely meant; where it was not, nobody's "allow" does it without asking
    """
    written = policy.intents.get(f"{plugin}.{intent}") or policy.intents.get(plugin)
    found: Verdict = written or ("ask" if confirm and policy.default == "allow" else policy.default)
    return "ask" if found == "allow" and not sure else found
