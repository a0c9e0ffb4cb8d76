from __future__ import annotations

import errno
import socket
import ssl

import pytest
from websocket_servers import authority

from netra_validate.clients import tls
from netra_validate.clients.errors import ClientError, Offline, Unreachable


class TestContext:
    def test_verifies_names_and_certificates(self):
        made = tls.context()
        assert made.check_hostname
        assert made.verify_mode is ssl.CERT_REQUIRED

    def test_is_made_once(self, tmp_path):
        path = tmp_path / "ca.pem"
        authority().cert_pem.write_to_path(str(path))
        assert tls.context(path) is tls.context(path)
        assert tls.context(path) is not tls.context()

    def test_is_not_shared_between_protocols(self):
        assert tls.context(alpn=("http/1.1",)) is not tls.context()

    def test_a_private_authority_is_trusted_beside_the_usual_ones(self, tmp_path):
        path = tmp_path / "ca.pem"
        authority().cert_pem.write_to_path(str(path))
        usual = tls.context().cert_store_stats()["x509_ca"]
        assert usual > 10
        assert tls.context(path).cert_store_stats()["x509_ca"] == usual + 1

    @pytest.mark.parametrize("content", [None, b"", b"no certificate"])
    def test_a_file_that_is_no_authority(self, tmp_path, content):
        path = tmp_path / "ca.pem"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ClientError, match=r"ca\.pem, given as ca_file, cannot be used"):
            tls.context(path)


def _certificate_error(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "whatever")
    error.verify_code = code
    error.verify_message = "CA signature digest algorithm too weak"
    return error


@pytest.mark.parametrize(("code", "named"), [(20, True), (18, True), (10, False), (62, False)])
def test_a_private_authority_is_a_hint_only_where_the_authority_is_unknown(code, named):
    hint = tls.failure(_certificate_error(code), "x").advice
    assert hint.startswith("look at its certificate")
    assert ("ca_file" in hint) == named


@pytest.mark.parametrize(
    ("error", "phase", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "name resolution", "does not resolve"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "name resolution", "at the moment"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "connection", "refused"),
        (ConnectionResetError(), "connection", "reset"),
        (OSError(errno.EHOSTUNREACH, "x"), "connection", "no route to the host"),
        (OSError("Multiple exceptions: [Errno 111] a, [Errno 101] b"), "connection", "refused"),
        (OSError(errno.EPERM, "x"), "connection", "EPERM"),
        (ssl.SSLError(1, "x"), "TLS", "TLS handshake fails"),
        (_certificate_error(62), "TLS", "does not cover this name"),
        (_certificate_error(10), "TLS", "has expired"),
        (_certificate_error(20), "TLS", "not trusted here"),
        (_certificate_error(18), "TLS", "signed by itself"),
        (_certificate_error(68), "TLS", "digest algorithm too weak"),
    ],
)
def test_errors_are_explained(error, phase, words):
    assert tls.phase(error) == phase
    assert words in tls.explain(error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "x"), Offline),
        (OSError(errno.ENETUNREACH, "x"), Offline),
        (OSError(errno.EMFILE, "x"), Offline),
        (OSError("Multiple exceptions: [Errno 101] a, [Errno 101] b"), Offline),
        (socket.gaierror(socket.EAI_NONAME, "x"), Unreachable),
        (OSError("Multiple exceptions: [Errno 101] a, [Errno 111] b"), Unreachable),
        (OSError(errno.EHOSTUNREACH, "x"), Unreachable),
        (_certificate_error(10), Unreachable),
    ],
)
def test_what_is_wrong_with_this_machine_is_told_from_what_is_wrong_over_there(error, kind):
    made = tls.failure(error, "api.example.com")
    assert type(made) is kind
    assert made.message == f"api.example.com: {tls.explain(error)}"
