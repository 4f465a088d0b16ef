"""Secrets, made up as the tests run so that no scanner trips over the repository, and what only looks like one."""

import base64
import hashlib
import json
import random
import string
import uuid
from collections.abc import Callable, Iterator

from project import keyform

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + "234567"
HEX = "0123456789abcdef"
BASE64 = ALNUM + "+/"
URLSAFE = ALNUM + "-_"
drawn = random.Random(20261129)  # noqa: S311 - the same at each run


def some(alphabet: str, length: int) -> str:
    return "".join(drawn.choice(alphabet) for _ in range(length))


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(**claims: object) -> str:
    return f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}.{some(URLSAFE, 43)}"


def pem(kind: str, lines: int = 12) -> str:
    body = "\n".join(some(BASE64, 64) for _ in range(lines))
    dashes = "-" * 5
    return f"{dashes}BEGIN {kind}{dashes}\n{body}\n{some(BASE64, 22)}==\n{dashes}END {kind}{dashes}"


def putty() -> str:
    body = "\n".join(some(BASE64, 64) for _ in range(2))
    return (
        "PuTTY-User-Key-" + f"File-3: ssh-ed25519\nEncryption: none\nComment: ada\nPublic-Lines: 2\n{body}\n"
        f"Private-Lines: 1\n{some(BASE64, 62)}==\nPrivate-MAC: {some(HEX, 64)}"
    )


def _password() -> str:
    return some(string.ascii_letters, 7) + some(string.digits, 3) + some("!?%&+", 1) + some(ALNUM, 3)


KEYS: dict[str, Callable[[], str]] = {
    "aws": lambda: "AKIA" + some(UPPER, 16),
    "aws session": lambda: "ASIA" + some(UPPER, 16),
    "github": lambda: "ghp" + "_" + some(ALNUM, 36),
    "github app": lambda: "ghs" + "_" + some(ALNUM, 36),
    "github oauth": lambda: "gho" + "_" + some(ALNUM, 36),
    "github one repository": lambda: "github" + "_pat_" + some(ALNUM, 22) + "_" + some(ALNUM, 59),
    "gitlab": lambda: "glpat" + "-" + some(URLSAFE, 19) + some(ALNUM, 1),
    "gitlab deploy": lambda: "gldt" + "-" + some(ALNUM, 20),
    "slack bot": lambda: "xoxb" + f"-{some(string.digits, 12)}-{some(string.digits, 13)}-" + some(ALNUM, 24),
    "slack user": lambda: "xoxp" + f"-{some(string.digits, 12)}-{some(string.digits, 12)}-" + some(HEX, 32),
    "slack app": lambda: "xapp" + f"-1-A{some(UPPER, 10)}-{some(string.digits, 13)}-" + some(HEX, 64),
    "slack webhook": lambda: (
        "https://hooks.slack.com" + f"/services/T{some(UPPER, 10)}/B{some(UPPER, 10)}/{some(ALNUM, 24)}"
    ),
    "discord webhook": lambda: "https://discord.com" + f"/api/webhooks/{some(string.digits, 18)}/{some(URLSAFE, 68)}",
    "discord": lambda: "MT" + some(ALNUM, 24) + "." + some(ALNUM, 6) + "." + some(ALNUM, 38),
    "stripe": lambda: "sk" + "_live_" + some(ALNUM, 24),
    "stripe long": lambda: "sk" + "_live_" + some(ALNUM, 99),
    "stripe test": lambda: "sk" + "_test_" + some(ALNUM, 24),
    "stripe restricted": lambda: "rk" + "_live_" + some(ALNUM, 24),
    "stripe webhook": lambda: "whsec" + "_" + some(ALNUM, 32),
    "google": lambda: "AIza" + "Sy" + some(URLSAFE, 32) + some(ALNUM, 1),
    "google oauth": lambda: "ya29" + ".a0" + some(URLSAFE, 120) + some(ALNUM, 1),
    "google client": lambda: "GOCSPX" + "-" + some(ALNUM, 28),
    "openai": lambda: "sk" + "-" + some(ALNUM, 48),
    "openai project": lambda: "sk" + "-proj-" + some(URLSAFE, 73) + some(ALNUM, 40),
    "anthropic": lambda: "sk" + "-ant-api03-" + some(URLSAFE, 60) + some(ALNUM, 33) + "AA",
    "openrouter": lambda: "sk" + "-or-v1-" + some(HEX, 64),
    "hugging face": lambda: "hf" + "_" + some(ALNUM, 34),
    "npm": lambda: "npm" + "_" + some(ALNUM, 36),
    "groq": lambda: "gsk" + "_" + some(ALNUM, 52),
    "pypi": lambda: "pypi" + "-AgEIcHlwaS5vcmc" + some(URLSAFE, 120) + some(ALNUM, 1),
    "sendgrid": lambda: "SG" + "." + some(ALNUM, 22) + "." + some(ALNUM, 43),
    "mailgun": lambda: "key" + "-" + some(HEX, 32),
    "twilio": lambda: "SK" + some(HEX, 32),
    "digitalocean": lambda: "dop" + "_v1_" + some(HEX, 64),
    "shopify": lambda: "shpat" + "_" + some(HEX, 32),
    "telegram": lambda: some("123456789", 10) + ":AA" + some(ALNUM, 33),
    "vault": lambda: "hvs" + "." + some(ALNUM, 90),
    "age": lambda: "AGE-SECRET" + "-KEY-1" + some("ACDEFGHJKLMNPQRSTUVWXYZ023456789", 58),
    "azure": lambda: "AccountName=files;AccountKey" + "=" + some(BASE64, 86) + "==",
    "ours": keyform.make,
    "jwt": lambda: jwt(sub="4711", name="ada", exp=1764374400),
    "jwt of a session": lambda: jwt(sid=some(HEX, 12), jti=some(HEX, 12), typ="access"),
    "rsa key": lambda: pem("RSA PRIVATE KEY"),
    "pkcs8 key": lambda: pem("PRIVATE KEY", 8),
    "ec key": lambda: pem("EC PRIVATE KEY", 3),
    "openssh key": lambda: pem("OPENSSH PRIVATE KEY", 20),
    "key on one line": lambda: pem("PRIVATE KEY", 8).replace("\n", "\\n"),
    "key of pgp": lambda: pem("PGP PRIVATE KEY BLOCK", 10),
    "postgres": lambda: f"postgres://app:{some(ALNUM, 16)}@db.internal:5432/app",
    "redis": lambda: f"redis://:{some(ALNUM, 24)}@cache:6379/0",
    "bearer": lambda: f"Authorization: Bearer {some(ALNUM, 40)}",
    "basic": lambda: (
        "curl -H 'Authorization: Basic " + base64.b64encode(f"ada:{some(ALNUM, 14)}".encode()).decode() + "'"
    ),
    "password": lambda: f"password = {_password()}",
    "quoted": lambda: f"DB_PASSWORD='{_password()}'",
    "yaml": lambda: f"  admin_password: {_password()}",
    "json": lambda: f'{{"client_secret": "{some(ALNUM, 32)}"}}',
    "python": lambda: f'API_KEY = "{some(ALNUM, 32)}"',
    "hex key": lambda: f"api_key={some(HEX, 32)}",
    "aws secret": lambda: f"aws_secret_access_key = {some(BASE64, 39)}{some(ALNUM, 1)}",
    "environment": lambda: f"export SECRET_TOKEN={some(ALNUM, 40)}",
    "camel": lambda: f'dbPassword: "{_password()}"',
    "said": lambda: f"my password is {_password()}",
    "django": lambda: f"SECRET_KEY = '{some(ALNUM + '@%^*', 50)}'",
    "auth token": lambda: f"auth_token: {some(URLSAFE, 30)}{some(ALNUM, 2)}",
    "passphrase": lambda: f"passphrase={_password()}",
    "bold": lambda: f"**Password:** {_password()}",
    "bold name": lambda: f"**Password**: {_password()}",
    "pass": lambda: f"pass: {_password()}",
    "shouted": lambda: f"PASS={_password()}",
    "pw": lambda: f"pw: {_password()}",
    "was": lambda: f"my password was {_password()}",
    "table": lambda: f"| Password | {_password()} |",
    "tag": lambda: f"<db:password>{_password()}</db:password>",
    "option": lambda: f"mysql --password {_password()} --host db",
    "curl": lambda: f"curl -u admin:{_password()} https://host.net",
    "netrc": lambda: f"machine host.net login ada password {_password()}",
    "german": lambda: f"Passwort: {_password()}",
    "spanish": lambda: f"contraseña: {_password()}",
    "russian": lambda: f"пароль: {_password()}",
    "at signs": lambda: f"postgres://app:{some(ALNUM, 3)}@{some(ALNUM, 3)}@{some(ALNUM, 5)}@db/app",
    "call in quotes": lambda: f"password = '{_password()}(x'",
    "quoted key": lambda: "> " + pem("RSA PRIVATE KEY").replace("\n", "\n> "),
    "numbered key": lambda: "\n".join(f"{at:3} | {line}" for at, line in enumerate(pem("PRIVATE KEY").split("\n"), 1)),
    "key of strings": lambda: " +\n".join(f'  "{line}\\n"' for line in pem("EC PRIVATE KEY", 3).split("\n")),
    "putty": putty,
}


def _image() -> str:
    return "data:image/png;base64,iVBORw0KGgo" + some(BASE64, 400) + "=="


def _digest(name: str) -> str:
    return hashlib.new(name, some(ALNUM, 9).encode()).hexdigest()


def _identifier() -> str:
    return str(uuid.UUID(int=drawn.getrandbits(128), version=4))


LOOKALIKES: list[str] = [
    "AKIAIOSFODNN7" + "EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    "AKIA is how their key ids begin",
    "ghp_your_token_here",
    "ghp_" + "x" * 36,
    "export GITHUB_TOKEN=ghp_...",
    "github_pat_ is the new prefix",
    "glpat-<your-token>",
    "xoxb-your-bot-token-goes-here",
    "xoxb-1234",
    "sk_test_...",
    "sk_live_" + "x" * 24,
    "sk-your-api-key-here-and-not-in-the-code",
    "sk-" + "a" * 48,
    "sk-learn-contrib-and-other-packages-of-the-kind",
    "AIza" + "X" * 35,
    "hf_model_card_and_dataset_card_templates",
    "npm_config_registry_and_npm_config_cache_settings",
    "npm run build:production-with-source-maps-2026",
    "key-value-store-with-a-very-long-name-of-its-own",
    "hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
    "SG.short.one",
    "swk_example",
    "swk_" + "0" * 36,
    ".".join(
        (_part({"alg": "HS256", "typ": "JWT"}), _part({"sub": "1234567890", "name": "John Doe"}), some(URLSAFE, 43))
    ),
    "eyJhbGciOi... is how tokens begin",
    "eyJ.eyJ.x",
    "eyJub3QiOiJqc29u.eyJhbHNvIjoibm90.abcdefghij",
    "-----BEGIN PUBLIC KEY-----\n" + some(BASE64, 64) + "\n-----END PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----\n" + some(BASE64, 64) + "\n-----END CERTIFICATE-----",
    "a file that begins with -----BEGIN PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
    "ssh-rsa AAAAB3NzaC1yc2E" + some(BASE64, 300) + " ada@host",
    "postgres://user:password@localhost:5432/db",
    "postgres://app:${DB_PASSWORD}@db/app",
    "redis://:<password>@cache:6379",
    "https://user@host.example/path",
    "http://localhost:8000/api@v1",
    "https://host:8443/a@b",
    "Authorization: Bearer <token>",
    "Authorization: Bearer $ACCESS_TOKEN_OF_THE_SERVICE",
    "Authorization: Bearer YOUR_ACCESS_TOKEN_GOES_HERE",
    "bearer of very-long-and-hyphenated-good-news",
    "password = 'changeme1'",
    "password: your-password-1",
    "password = os.environ['DB_PASSWORD_1']",
    "password = get_password_v2()",
    "password: ${{ secrets.PASSWORD_1 }}",
    "PASSWORD=$(cat /run/secrets/db1)",
    "password=%s1234abcd",
    "PASSWORD={{ vault.password1 }}",
    "password: process.env.DB_PASS1",
    "secret_key = config['SECRET_KEY_2']",
    "password: string",
    "password: please choose one with 12 characters",
    "the password is wrong 3 times",
    "my password is expired",
    "token = request.headers.get('X-Token-2')",
    "token = 'token'",
    "token: uuid4",
    "csrf_token = {{ csrf_token }}",
    f"token: {_identifier()}",
    f"request id {_identifier()}",
    f"api_key_id = {_identifier()}",
    f"secret = {_identifier().upper()}",
    "password_hash = " + some(HEX, 64),
    "password: $2b$12$" + some(ALNUM, 53),
    "password: $argon2id$v=19$m=102400,t=2,p=8$" + some(ALNUM, 22),
    "password = pbkdf2_sha256$600000$" + some(ALNUM, 22),
    "max_tokens: 4096",
    "token_type: bearer2",
    "token_url = https://auth.host.net/oauth2/token",
    "api_key_header = 'X-API-Key-2'",
    "secret_name: database-credentials-v2",
    "password_field = 'user_password_2'",
    "tokens: 12345678",
    "PIN token = 12345678",
    f"commit {_digest('sha1')}",
    f"Merge {_digest('sha1')[:12]} into main",
    f"sha256:{_digest('sha256')}",
    f"    --hash=sha256:{_digest('sha256')} \\",
    f'"integrity": "sha512-{some(BASE64, 86)}=="',
    f"md5sum {_digest('md5')}  file.iso",
    f'ETag: W/"{_digest("md5")}"',
    f"docker pull image@sha256:{_digest('sha256')}",
    f"go.sum h1:{some(BASE64, 43)}=",
    _image(),
    '<img src="' + _image() + '">',
    "data:font/woff2;base64," + some(BASE64, 600),
    f"https://cdn.host.net/assets/app.{_digest('md5')[:20]}.js",
    f"https://host.net/watch?v={some(ALNUM, 11)}&list={some(ALNUM, 34)}",
    "trace 00-" + some(HEX, 32) + "-" + some(HEX, 16) + "-01",
    "The ISBN is 978-3-16-148410-0, the order 20261129-000417.",
    "Lopadotemachoselachogaleokranioleipsanodrimhypotrimmatosilphio",
    "0x" + some(HEX, 40),
    "MAC 3c:22:fb:9a:11:0e, serial C02XK1ZZJGH6",
    "ThisIsAnUnusuallyLongClassNameForAFactoryOfFactories2",
    "password must have 8+ characters, 1 digit and 1 sign",
    "password=********",
    "SECRET_KEY=insert-50-random-characters-here-1",
    "apiKey: 'abcdefgh12345678'",
    "password = get_password2(user)",
    'secret = hashlib.sha256(b"x").hexdigest()',
    "secret_key = base64.b64decode(s)",
    "token = parser.next_token2()",
    "token = Token.objects.get_or_create1(user=user)",
    "token = tokens2[i + 1]",
    "password = input1.value",
    "secret: k8s-secret-name-1",
    "token: ERC-20-compliant",
    "auth_token: AuthTokenV2",
    "credential: VerifiableCredential2.0",
    "api_key=api_key2",
    "cat token | sha256sum | tee log-2026",
    "| token | string-1 | the token of step-2 |",
    "docker run -u 1000:1000 -u www-data:www-data1 image",
    "password reset was valid-for-15-days",
    "bypass: yes-we-did-2",
]


def texts() -> Iterator[tuple[str, str, str]]:
    """What it is, the secret, and a text that says it."""
    for name, make in KEYS.items():
        key = make()
        yield name, key, key if "\n" in key or "=" in key or ": " in key else f"Use {key} for now, please."
