"""TLS of the guarded transport: whoever is reached is who was looked for, and is told the name, not the address."""

import asyncio
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpcore
import httpcore2
import httpx
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from integrations import transport
from integrations.outgoing import Unreachable
from tests.integrations.listening import OK
from tests.modes import once

pytestmark = once

NAME = "expert.example"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The certificate of `NAME`, signed by itself, and its key."""
    folder, key, now = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    whose = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    made = x509.CertificateBuilder().subject_name(whose).issuer_name(whose).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    (folder / "cert").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    (folder / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "cert", folder / "key"


@contextmanager
def serving(files, names, asked):
    """A port; `names` gets what clients look for, `asked` their requests."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    context.sni_callback = lambda _, name, __: names.append(name)

    def accept():
        with suppress(OSError):
            while True:
                connection, _ = made.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                    asked.append(secure.recv(65536))
                    secure.sendall(OK)

    with socket.create_server(("127.0.0.1", 0)) as made:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield made.getsockname()[1]
        made.shutdown(socket.SHUT_RDWR)


def get(url, library, core, tls):
    async def ask():
        guarded = transport.transport(5.0, library, core, lambda host, port: ["127.0.0.1"], tls)
        async with library.AsyncClient(transport=guarded) as client:
            return (await client.get(url)).status_code

    return asyncio.run(ask())


@pytest.mark.parametrize(("library", "core"), [(httpx, httpcore), (httpx2, httpcore2)], ids=["httpx", "httpx2"])
def test_only_who_was_looked_for_is_talked_to(library, core, files, settings):
    names, asked = list[str](), list[bytes]()
    trusting = ssl.create_default_context(cafile=str(files[0]))
    with serving(files, names, asked) as port:
        settings.OUTGOING_ALLOW = [f"127.0.0.1:{port}"]

        assert get(f"https://{NAME}:{port}/", library, core, trusting) == 200
        for host, tls in [(NAME, None), ("other.example", trusting), ("127.0.0.1", trusting)]:
            with pytest.raises(Unreachable):
                get(f"https://{host}:{port}/", library, core, tls)

    assert names == [NAME, NAME, "other.example", None]
    assert len(asked) == 1
    assert f"host: {NAME}:{port}".encode() in asked[0].lower()
