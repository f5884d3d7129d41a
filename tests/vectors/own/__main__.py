"""Write the vectors that are bytes, and the certificates that their verifier knows."""

import sys
from pathlib import Path

from tests.vectors.own.keys import REGISTERED, key
from tests.vectors.own.rows import rows

folder = Path(sys.argv[1])
for row in rows():
    if row.made:
        file = folder / f"{row.path}.xml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(row.data())
for node, names in REGISTERED.items():
    for name in names:
        (folder / f"{node}.{name}.crt.pem").write_bytes(key(name).pem)
