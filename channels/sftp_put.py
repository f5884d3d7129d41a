"""Files on their way to an SFTP server: written under a temporary name, read back, synced, then renamed; in waves.

A server does not say whether what was cut off was done. What lies there says it: a temporary file that is still there
was not renamed, a final one with our bytes was (reliability F25, F27).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from channels import sftp_wire as wire
from channels.box import Found, compared
from channels.errors import ChannelError
from channels.sftp_folder import joined, read_files, refused, sync_names
from channels.sftp_link import Line, SftpLink
from channels.sftp_session import Cut, pieces, ranges
from channels.sftp_wire import Answer, Attributes, Code, Handle, Request, Status

HOPELESS = (Code.NO_SUCH_FILE, Code.PERMISSION_DENIED, Code.OP_UNSUPPORTED)  # no temporary file of ours is in the way


@dataclass(slots=True)
class Upload:
    """One file. ready: its temporary file is whole. renaming: it may have its name already."""

    name: str
    data: bytes
    final: bytes = b""
    temp: bytes = b""
    handle: bytes = b""
    ready: bool = False
    renaming: bool = False
    done: bool = False
    error: ChannelError | None = None

    @property
    def pending(self) -> bool:
        return not self.done and self.error is None


class Wave:
    """Uploads into one folder over one link. ready: gives the folder's path, and makes it where it must be made."""

    def __init__(self, link: SftpLink, ready: Callable[[Line], bytes], temp: bytes, own_torn: bool) -> None:
        self.link = link
        self.uploads: list[Upload] = []
        self._ready = ready
        self._temp = temp
        self._own_torn = own_torn
        self._folder = b""
        self._synced = False

    def put(self, items: Sequence[tuple[str, bytes]]) -> list[ChannelError | None]:
        """One result an item. What was cut is tried once more, over a new connection; then it is the ladder's turn."""
        self.uploads = [Upload(name, data) for name, data in items]
        for last in (False, True):
            try:
                line = self.link.line()
                self._steps(line)
                break
            except Cut as cut:
                error = self.link.drop(line, cut)
                if last or cut.silent or cut.nonsense:
                    self._give_up(error)
                    break
            except ChannelError as error:  # no connection, or the folder as a whole
                self._give_up(error)
                break
        return [upload.error for upload in self.uploads]

    def _steps(self, line: Line) -> None:
        self._folder = self._ready(line)
        for upload in self.uploads:
            upload.final = self._folder + b"/" + upload.name.encode()
            upload.temp = upload.final + self._temp
        self._look(line)
        self._open(line)
        self._write(line)
        self._rename(line)
        self._sync_folder(line)

    def _give_up(self, error: ChannelError) -> None:
        if not self._synced:
            self._doubt()
        for upload in self._pending():
            unknown = upload.renaming and error.code in ("CHANNEL_CONNECTION", "CHANNEL_PROTOCOL")
            upload.error = ChannelError("CHANNEL_UNCONFIRMED", name=upload.name) if unknown else error

    def _pending(self) -> list[Upload]:
        return [upload for upload in self.uploads if upload.pending]

    def _look(self, line: Line) -> None:
        """What was cut while it got its name: its temporary file tells whether it has it."""
        doubtful = [upload for upload in self._pending() if upload.renaming]
        answers = line.ask([[wire.lstat(upload.final), wire.lstat(upload.temp)] for upload in doubtful])
        for upload, (final, temp) in zip(doubtful, answers, strict=True):
            upload.renaming = False
            if isinstance(final, Attributes):
                self._meet(line, upload)
            elif isinstance(temp, Attributes):
                upload.ready = True
            else:  # it had its name, and somebody has taken it already; or so it seems: SentBox will tell
                upload.error = ChannelError("CHANNEL_UNCONFIRMED", name=upload.name)

    def _open(self, line: Line) -> None:
        fresh = [upload for upload in self._pending() if not upload.ready]
        for upload in fresh:
            upload.handle = b""
        self._try_open(line, fresh)
        stale = [upload for upload in fresh if upload.pending and not upload.handle]
        for upload in stale:  # a temporary file is there: whole, and then used, or cut off, and then written anew
            [there] = read_files(line, self.link.server, self._folder, [_base(upload.temp)], len(upload.data))
            if there == upload.data:
                upload.ready = True
            else:
                line.one(wire.remove(upload.temp))
        self._try_open(line, [upload for upload in stale if not upload.ready], last=True)

    def _try_open(self, line: Line, uploads: Sequence[Upload], *, last: bool = False) -> None:
        flags = wire.READ | wire.WRITE | wire.CREATE | wire.EXCLUSIVE
        for upload, [answer] in self._ask(line, {id(u): [wire.open_file(u.temp, flags)] for u in uploads}):
            if isinstance(answer, Handle):
                upload.handle = answer.value
            elif last or (isinstance(answer, Status) and answer.code in HOPELESS):
                upload.error = self._failure(line, answer, upload)

    def _write(self, line: Line) -> None:
        """Written, read back, synced, closed; and whether the name is free, asked as late as can be."""
        groups = {id(u): self._writing(line, u) for u in self._pending()}
        for upload, answers in self._ask(line, groups):
            if not upload.ready:
                upload.error = self._unwritten(line, upload, answers[:-1])
                upload.ready = upload.error is None
            if upload.error is not None:
                line.one(wire.remove(upload.temp))
            elif isinstance(answers[-1], Attributes):
                self._meet(line, upload)
            elif not wire.absent(answers[-1]):
                upload.error = refused(self.link.server, answers[-1], upload.final)

    def _writing(self, line: Line, upload: Upload) -> list[Request]:
        free = wire.lstat(upload.final)
        if upload.ready:
            return [free]
        handle, size = upload.handle, len(upload.data)
        sync = [wire.fsync(handle)] if wire.FSYNC in line.offers else []
        return [
            *(wire.write(handle, *piece) for piece in pieces(upload.data)),
            *(wire.read(handle, *part) for part in ranges(size + 1)),
            *sync,
            wire.close(handle),
            free,
        ]

    def _unwritten(self, line: Line, upload: Upload, answers: Sequence[Answer]) -> ChannelError | None:
        """Why it is not whole there; None when what was read back is what was written, and every step was a success."""
        writes = len(list(pieces(upload.data)))
        reads = len(list(ranges(len(upload.data) + 1)))
        for answer in (*answers[:writes], *answers[writes + reads :]):
            if not wire.done(answer):
                return self._failure(line, answer, upload)
        if joined(answers[writes : writes + reads]) != upload.data:
            return ChannelError("CHANNEL_UNAVAILABLE", detail=f"{upload.name} reads back otherwise", path=upload.name)
        return None

    def _rename(self, line: Line) -> None:
        """Each gets its name. Where posix-rename is not offered, by RENAME, which refuses a name that is taken."""
        ready = self._pending()
        step = wire.posix_rename if wire.POSIX_RENAME in line.offers else wire.rename
        for upload in ready:
            upload.renaming = True
        answers = self._ask(line, {id(u): [step(u.temp, u.final)] for u in ready})
        for upload, [answer] in answers:
            upload.renaming, upload.done = False, wire.done(answer)
        for upload, [answer] in answers:
            if upload.done:
                continue
            if isinstance(line.one(wire.lstat(upload.final)), Attributes):
                self._meet(line, upload)
            else:
                upload.error = self._failure(line, answer, upload)

    def _meet(self, line: Line, upload: Upload) -> None:
        """The name is taken: the same bytes are success, a part of ours is replaced on wish, else CHANNEL_CONFLICT."""
        [there] = read_files(line, self.link.server, self._folder, [upload.name], len(upload.data))
        if isinstance(there, ChannelError) and there.code not in ("FILE_TOO_BIG", "FILE_TYPE"):
            upload.error = there
            return
        found = Found.OTHER if isinstance(there, ChannelError) else compared(there, upload.data)
        if found is Found.PART and self._own_torn and upload.ready:
            self._replace(line, upload)
            return
        if found is Found.PART and self._own_torn:
            return  # its temporary file is yet to be written
        line.one(wire.remove(upload.temp))
        upload.done = found is Found.SAME
        if not upload.done:
            upload.error = ChannelError("CHANNEL_CONFLICT", name=upload.name)

    def _replace(self, line: Line, upload: Upload) -> None:
        if wire.POSIX_RENAME in line.offers:
            answer = line.one(wire.posix_rename(upload.temp, upload.final))
        else:
            line.one(wire.remove(upload.final))
            answer = line.one(wire.rename(upload.temp, upload.final))
        upload.done = wire.done(answer)
        if not upload.done:
            upload.error = self._failure(line, answer, upload)

    def _sync_folder(self, line: Line) -> None:
        """One sync for the names of a wave."""
        self._synced = not any(upload.done for upload in self.uploads) or sync_names(line, self._folder)
        if not self._synced:
            self._doubt()

    def _doubt(self) -> None:
        """Whether names that were given will last is not known."""
        for upload in self.uploads:
            if upload.done:
                upload.error = ChannelError("CHANNEL_UNCONFIRMED", name=upload.name)

    def _failure(self, line: Line, answer: Answer, upload: Upload) -> ChannelError:
        """A bare "Failure" may be a full disk; where the server can be asked, it is."""
        if isinstance(answer, Status) and answer.code == Code.FAILURE and wire.STATVFS in line.offers:
            reply = line.one(wire.statvfs(self._folder))
            if isinstance(reply, wire.Data):
                space, inodes = wire.free_space(reply)
                if not space or not inodes:
                    left = "0 bytes left" if not space else "no inodes left"
                    return ChannelError("CHANNEL_FULL", path=upload.name, detail=f"{left} ({self.link.server.name})")
        return refused(self.link.server, answer, upload.final, upload.name)

    def _ask(self, line: Line, groups: dict[int, list[Request]]) -> list[tuple[Upload, list[Answer]]]:
        """Asks for uploads by id; each stays on the session of its place in the wave. A Cut leaves who was answered."""
        asked = [groups.get(id(upload), []) for upload in self.uploads]
        try:
            answers = line.ask(asked)
        except Cut as cut:
            for upload, group in zip(self.uploads, cut.grouped, strict=True):
                if upload.renaming and group and group[0] is not None and wire.done(group[0]):
                    upload.done, upload.renaming = True, False
            raise
        return [(upload, got) for upload, got in zip(self.uploads, answers, strict=True) if got]


def _base(path: bytes) -> str:
    return path.rpartition(b"/")[2].decode()
