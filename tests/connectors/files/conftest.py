from __future__ import annotations

from pathlib import Path

import pytest

from support.shared_folder import SharedFolder


@pytest.fixture
def folder(tmp_path: Path) -> SharedFolder:
    return SharedFolder(tmp_path / "erp")
