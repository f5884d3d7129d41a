"""Customs' end by itself, without a gateway: over a home's `customs/` and the channels that it names.

python -m simulator --home DIR [--until-idle | --sftp PORT] [--scenario FILE]
python -m simulator --home DIR --new --enterprise 1108919038 --certificate CERT.pem [--login KEY.pub]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mappings.clock import SystemClock
from mappings.faults import Refused
from signing.keys import trust
from simulator.errors import BadCustoms
from simulator.house import Registered
from simulator.serve import run
from simulator.settings import KEYS, USER, make_customs
from simulator.sftp_keys import FOLDER as SFTP


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 2 used wrongly or not well set up."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.new:
            _new(chosen.home, chosen.enterprise, chosen.certificate, chosen.login)
        else:
            run(chosen.home / "customs", until_idle=chosen.until_idle, scenario=chosen.scenario, sftp=chosen.sftp)
    except Refused as reason:
        sys.stderr.write(f"{reason}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True, help="the folder that holds customs/")
    parser.add_argument("--scenario", type=Path, help="a scenario file, instead of the one that customs.toml names")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--until-idle", action="store_true", help="return when nothing is to be done at customs' present time"
    )
    how.add_argument("--sftp", type=int, metavar="PORT", help="an SFTP server on the loopback, 0 for any port")
    how.add_argument("--new", action="store_true", help="make customs/ and its channel; needs the three below")
    parser.add_argument("--enterprise", default="", help="10-digit customs code")
    parser.add_argument("--certificate", type=Path, help="the enterprise's certificate, PEM")
    parser.add_argument("--login", type=Path, help="an OpenSSH public key for the SFTP user `enterprise`")
    return parser


def _new(home: Path, code: str, certificate: Path | None, login: Path | None) -> None:
    """Customs' end for one enterprise that has a key of its own. Raises BadCustoms."""
    if not code or not certificate:
        raise BadCustoms("--new: --enterprise CODE --certificate CERT.pem")
    folder, node = home / "customs", f"DXPENT{code}"
    make_customs(folder, enterprises=[Registered(node, code)], channel_root=home / "channels", now=SystemClock().now())
    trust(folder / KEYS, node, certificate.read_bytes())
    if login:
        (folder / SFTP / f"{USER}.pub").write_bytes(login.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
