"""What is read of the processor decides how weights are kept."""

import pytest

from aihear_voice.recognition import processor

ZEN_5 = "flags\t\t: fpu avx2 avx512f avx512cd avx512vl avx512bw avx512dq avx512_vnni"
HASWELL = "flags\t\t: fpu avx2"
ALDER_LAKE = "flags\t\t: fpu avx2 avx_vnni"


@pytest.fixture
def computer(monkeypatch, tmp_path):
    def pretend(cpuinfo, machine="x86_64"):
        path = tmp_path / "cpuinfo"
        if cpuinfo is not None:
            path.write_text(f"processor\t: 0\n{cpuinfo}\n")
        monkeypatch.setattr(processor, "_CPUINFO", path)
        monkeypatch.setattr("platform.machine", lambda: machine)

    return pretend


@pytest.mark.parametrize(
    ("cpuinfo", "machine", "expected"),
    [
        (ZEN_5, "x86_64", False),
        (ALDER_LAKE, "x86_64", False),
        (HASWELL, "x86_64", True),
        (None, "AMD64", True),  # Windows tells nothing: be careful
        ("Features\t: asimd", "aarch64", False),
        (None, "arm64", False),
    ],
)
def test_sums_of_bytes_overflow_on_old_x86_only(computer, cpuinfo, machine, expected):
    computer(cpuinfo, machine)
    assert processor.overflows() is expected


@pytest.mark.parametrize(("cpuinfo", "expected"), [(ZEN_5, True), (HASWELL, False), (None, False)])
def test_avx512_is_used_where_all_of_it_is_there(computer, cpuinfo, expected):
    computer(cpuinfo)
    assert processor.has_avx512() is expected
