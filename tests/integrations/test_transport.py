"""The guarded transport, under both client libraries: where it does not go, and what it does not take."""

import asyncio
import gzip
import time

import httpcore
import httpcore2
import httpx
import httpx2
import pytest

from integrations import transport
from integrations.addresses import resolve
from integrations.outgoing import AddressRefused, BadAnswer, Late, OutgoingError, TooMuch, Unreachable
from project import logs
from tests.integrations.listening import listening
from tests.modes import once

pytestmark = once

LIBRARIES = [(httpx, httpcore), (httpx2, httpcore2)]
NAMES = {
    "loop.example": ["127.0.0.1"],
    "mixed.example": ["8.8.8.8", "127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat.example": ["64:ff9b::7f00:1"],
}
LOOPBACK = [  # without the guard each of them would come to the listener
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://017700000001:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://loop.example:{port}/",
    "http://mapped.example:{port}/",
    "http://8.8.8.8@127.0.0.1:{port}/",
    "http://8.8.8.8:443@127.0.0.1:{port}/",
    "http://8.8.8.8%2f@127.0.0.1:{port}/",
]
ELSEWHERE = [
    "http://\u2460\u2461\u2466.0.0.1:{port}/",
    "http://127\u3002\uff10\uff0e0\uff611:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://localhost.:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.255.255.254:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]:{port}/",
    "http://mixed.example:{port}/",
    "http://nat.example:{port}/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1:8080/",
    "http://100.64.0.1/",
    "http://168.63.129.16/machine?comp=goalstate",
    "http://100.100.100.200/latest/meta-data/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://192.0.2.1/",
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@8.8.8.8/",
    "http://127.0.0.1:{port}#@8.8.8.8/",
    "http://127.0.0.1:{port}?@8.8.8.8/",
    "http:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_",
    "unix:///run/docker.sock",
    "data:text/plain,hello",
    "ws://127.0.0.1:{port}/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:{port}\r\nHost: x/",
    "http://",
    "",
]


def lookup(host, port):
    return NAMES[host] if host in NAMES else resolve(host, port)


def get(url, seconds=5.0, library=httpx, core=httpcore, **options):
    """Status and body of an answer, for a client that would follow redirects."""

    async def ask():
        guarded = transport.transport(seconds, library, core, **{"resolve": lookup, **options})
        async with library.AsyncClient(transport=guarded, follow_redirects=True, timeout=None) as client:
            answer = await client.get(url)
            return answer.status_code, answer.content

    return asyncio.run(ask())


@pytest.fixture(params=LIBRARIES, ids=["httpx", "httpx2"])
def libraries(request):
    return dict(zip(("library", "core"), request.param, strict=True))


@pytest.fixture(scope="module")
def listener():
    with listening() as made:
        yield made


@pytest.mark.parametrize("url", [*LOOPBACK, *ELSEWHERE])
def test_forbidden_url_is_refused_and_nobody_sees_a_call(url, libraries, listener):
    library = libraries["library"]

    with pytest.raises((OutgoingError, library.InvalidURL, library.UnsupportedProtocol)):
        get(url.format(port=listener.port), **libraries)

    assert listener.came == []


@pytest.mark.parametrize("url", [url for url in LOOPBACK if "@" not in url])
def test_what_is_refused_would_have_led_to_this_machine(url, settings):
    with listening() as listener:
        settings.OUTGOING_ALLOW = [f"{host}:{listener.port}" for host in ("127.0.0.0/8", "0.0.0.0/32", "[::1]")]

        assert get(url.format(port=listener.port)) == (200, b"ok")

        assert len(listener.came) == 1


def test_there_are_forty_of_them():
    assert len({*LOOPBACK, *ELSEWHERE}) >= 40


def test_name_that_answers_otherwise_a_moment_later_leads_nowhere_else(libraries, settings):
    answers = [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2"]]
    with listening(addresses=("127.0.0.2",)) as known, listening(addresses=("127.0.0.1",), port=known.port) as other:
        settings.OUTGOING_ALLOW = [f"127.0.0.2:{known.port}"]
        url, flips = f"http://rebind.example:{known.port}/", {"resolve": lambda host, port: answers.pop(0)}

        first = get(url, **libraries, **flips)
        with pytest.raises(AddressRefused):
            get(url, **libraries, **flips)

        assert first == (200, b"ok")
        assert (len(known.came), other.came, len(answers)) == (1, [], 1)
        assert f"Host: rebind.example:{known.port}".encode() in known.came[0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed_wherever_it_leads(status, libraries, settings, listener):
    there = f"HTTP/1.1 {status} Go\r\nLocation: http://127.0.0.1:{listener.port}/\r\nContent-Length: 0\r\n\r\n".encode()
    with listening(lambda connection: connection.sendall(there)) as known:
        settings.OUTGOING_ALLOW = [f"127.0.0.1:{known.port}", f"127.0.0.1:{listener.port}"]

        with pytest.raises(BadAnswer):
            get(f"http://127.0.0.1:{known.port}/", **libraries)

    assert listener.came == []


def answering(settings, say, seconds=5.0, **libraries):
    with listening(say) as known:
        settings.OUTGOING_ALLOW = [f"127.0.0.1:{known.port}"]
        return get(f"http://127.0.0.1:{known.port}/", seconds, **libraries)


def saying(head, *body):
    def say(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        for piece in body:
            connection.sendall(piece)

    return say


def hang(connection):
    connection.recv(1)


def hang_after_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
    connection.recv(1)


def hint_for_ever(connection):
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        time.sleep(0.02)


def drip_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    drip(connection)


def drip_body(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drip(connection)


def drip(connection):
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


@pytest.mark.parametrize("say", [hang, hang_after_headers, hint_for_ever, drip_headers, drip_body])
def test_answer_that_does_not_end_is_left_at_its_time(say, libraries, settings):
    with pytest.raises(Late):
        answering(settings, say, 0.3, **libraries)


BIG = 1024 * 1024 + 1


@pytest.mark.parametrize(
    "say",
    [
        saying(b"Content-Length: %d" % BIG, b"x" * BIG),
        saying(b"Content-Length: 99999999999999"),
        saying(b"Transfer-Encoding: chunked", *[b"10000\r\n" + b"x" * 65536 + b"\r\n"] * 17, b"0\r\n\r\n"),
        saying(b"Connection: close", *[b"x" * 65536] * 17),
    ],
    ids=["long", "said to be long", "chunked", "until it closes"],
)
def test_answer_that_is_too_large_is_not_read_to_its_end(say, libraries, settings):
    with pytest.raises(TooMuch):
        answering(settings, say, **libraries)


def test_answer_of_just_the_size_is_read(libraries, settings):
    settings.OUTGOING_BODY_LIMIT = 3

    assert answering(settings, saying(b"Content-Length: 3", b"yes"), **libraries) == (200, b"yes")


@pytest.mark.parametrize("encoding", [b"gzip", b"GZIP", b"deflate", b"br", b"zstd", b"identity, gzip", b"gzip, gzip"])
def test_compressed_answer_is_never_opened(encoding, libraries, settings):
    bomb = gzip.compress(b" " * 100_000)
    head = b"Content-Encoding: %s\r\nContent-Length: %d" % (encoding, len(bomb))

    with pytest.raises(BadAnswer):
        answering(settings, saying(head, bomb), **libraries)


def test_two_headers_of_encoding_hide_nothing(libraries, settings):
    bomb = gzip.compress(b" " * 100_000)
    head = b"Content-Encoding: gzip\r\nContent-Encoding: identity\r\nContent-Length: %d" % len(bomb)

    with pytest.raises(BadAnswer):
        answering(settings, saying(head, bomb), **libraries)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000])
def test_what_speaks_no_http_is_unreachable(said, libraries, settings):
    with pytest.raises(Unreachable):
        answering(settings, lambda connection: connection.sendall(said), **libraries)


def test_nothing_of_the_environment_goes_along(settings, monkeypatch, tmp_path, listener):
    proxy = f"http://127.0.0.1:{listener.port}"
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    (tmp_path / "netrc").write_text("default login ada password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    with listening() as known:
        settings.OUTGOING_ALLOW = [f"127.0.0.1:{known.port}", f"127.0.0.1:{listener.port}"]
        assert asyncio.run(_by_our_own_client(f"http://127.0.0.1:{known.port}/")) == 200

    assert listener.came == []
    assert b"authorization" not in known.came[0].lower()


async def _by_our_own_client(url):
    async with transport.client(5.0) as client:
        return (await client.get(url)).status_code


def test_who_asked_goes_along_and_an_uncompressed_answer_is_asked_for(libraries, settings):
    with listening() as known, logs.bind(request_id="request-7", traceparent="00-1-2-01"):
        settings.OUTGOING_ALLOW = [f"127.0.0.1:{known.port}"]
        get(f"http://127.0.0.1:{known.port}/", **libraries)

    sent = known.came[0].lower()
    assert b"x-request-id: request-7\r\n" in sent
    assert b"traceparent: 00-1-2-01\r\n" in sent
    assert sent.count(b"accept-encoding") == 1
    assert b"accept-encoding: identity\r\n" in sent


def test_first_address_that_takes_no_connection_is_followed_by_the_next(libraries, settings):
    with listening(addresses=("127.0.0.1",)) as known:
        settings.OUTGOING_ALLOW = [f"127.0.0.0/8:{known.port}"]
        two = {"resolve": lambda host, port: ["127.0.0.3", "127.0.0.1"]}

        assert get(f"http://two.example:{known.port}/", **libraries, **two) == (200, b"ok")


def test_errors_say_nothing_of_addresses_to_people():
    kinds: list[type[OutgoingError]] = [OutgoingError, *OutgoingError.__subclasses__()]
    for error in kinds:
        assert error.told
        assert not any(character.isdigit() for character in error.told)
