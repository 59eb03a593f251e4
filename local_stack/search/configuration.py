"""What the node reads when it starts: profile → its settings, its users and roles, the certificate of its transport."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from lake_layout.profile import profile
from local_stack.service import write_private

_NAME = "lake-search"
_CERTIFICATE, _KEY = "node.pem", "node.key"
_READER = "lake_reader"


def settings(data: Path) -> dict[str, Any]:
    """`opensearch.yml`. Whoever asks needs a password, and its transport a certificate that only the node has."""
    here = profile().search
    tls = "plugins.security.ssl.transport"
    return {
        "cluster.name": _NAME,
        "node.name": _NAME,
        "path.data": str(data),
        "http.host": profile().listen_address,
        "http.port": here.port,
        "transport.host": "127.0.0.1",
        "transport.port": here.transport_port,
        "discovery.type": "single-node",
        # A name with a slip of the pen makes no index.
        "action.auto_create_index": "false",
        # Shares of a disk mean little on a laptop.
        "cluster.routing.allocation.disk.watermark.low": "1gb",
        "cluster.routing.allocation.disk.watermark.high": "800mb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "500mb",
        f"{tls}.pemcert_filepath": _CERTIFICATE,
        f"{tls}.pemkey_filepath": _KEY,
        f"{tls}.pemtrustedcas_filepath": _CERTIFICATE,
        f"{tls}.enforce_hostname_verification": False,
        "plugins.security.ssl.http.enabled": False,
        "plugins.security.nodes_dn": [f"CN={_NAME}"],
        "plugins.security.allow_default_init_securityindex": True,
        "plugins.security.audit.type": "noop",
    }


def access(hashed: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """The security plugin's files: an owner who may do all, a reader who may search what the lake has indexed."""
    here = profile().search
    owner, reader = (
        {"hash": hashed(password.get_secret_value()), "reserved": True}
        for password in (here.password, here.reader_password)
    )
    reads = {"index_patterns": [here.alias, f"{here.alias}_r*"], "allowed_actions": ["read"]}
    by_password = {
        "http_enabled": True,
        "transport_enabled": True,
        "order": 0,
        "http_authenticator": {"type": "basic", "challenge": True},
        "authentication_backend": {"type": "intern"},
    }
    dynamic = {"http": {"anonymous_auth_enabled": False}, "authc": {"by_password": by_password}}
    files: dict[str, dict[str, Any]] = {
        "config": {"config": {"dynamic": dynamic}},
        "internalusers": {here.user: owner, here.reader_user: reader},
        "roles": {_READER: {"reserved": True, "cluster_permissions": [], "index_permissions": [reads]}},
        "rolesmapping": {"all_access": {"users": [here.user]}, _READER: {"users": [here.reader_user]}},
        "actiongroups": {},
        "tenants": {},
    }
    return {kind: {"_meta": {"type": kind, "config_version": 2}, **body} for kind, body in files.items()}


_FILE_OF = {
    "internalusers": "internal_users",
    "rolesmapping": "roles_mapping",
    "actiongroups": "action_groups",
}


def write_access(folder: Path, files: dict[str, dict[str, Any]]) -> None:
    for kind, body in files.items():
        write_private(folder / "opensearch-security" / f"{_FILE_OF.get(kind, kind)}.yml", as_yaml(body))


def as_yaml(body: dict[str, Any]) -> str:
    return yaml.safe_dump(body, sort_keys=False)


def ensure_certificate(folder: Path) -> None:
    """Make the key of this home's node once; nobody else has one that it trusts."""
    if (folder / _CERTIFICATE).exists():
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=36_500))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    write_private(folder / _KEY, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain).decode())
    write_private(folder / _CERTIFICATE, certificate.public_bytes(pem).decode())
