"""Authlib (Python) against a running Trousseau: a client in another language, unmodified.

Reads a target as JSON in the variable INTEROP_TARGET (see `InteropTarget` in checks.ts), drives the plain HTML
forms of the sign-in with `requests`, prints one line per check and then `N passed, N failed`.
Needs Debian's python3-authlib and python3-requests.
"""

import json
import os
import re
import sys
import time
import traceback
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

# The demonstration speaks http on the loopback interface; Authlib refuses http otherwise.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session  # noqa: E402
from authlib.jose import JsonWebKey, jwt  # noqa: E402
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: E402
from authlib.oidc.core import CodeIDToken  # noqa: E402
from authlib.common.security import generate_token  # noqa: E402

TARGET = json.loads(os.environ["INTEROP_TARGET"])
MAX_HOPS = 30


class Forms(HTMLParser):
    """The forms of a page: their id, action, and fields; and the code of its alert."""

    def __init__(self):
        super().__init__()
        self.forms, self.alert = [], None

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if attributes.get("role") == "alert":
            self.alert = attributes.get("data-code", self.alert)
        if tag == "form":
            self.forms.append({"id": attributes.get("id"), "action": attributes.get("action") or "", "fields": {}, "choices": {}})
        elif tag == "input" and self.forms and attributes.get("name"):
            name, value = attributes["name"], attributes.get("value")
            if attributes.get("type") in ("radio", "checkbox"):
                self.forms[-1]["choices"].setdefault(name, value or "on")
            elif attributes.get("type") not in ("submit", "button"):
                self.forms[-1]["fields"][name] = value or ""


def outbox():
    return requests.get(TARGET["outboxUrl"], timeout=5).json()


def newest_code(login, seen):
    for _ in range(50):
        for message in outbox():
            code = re.search(r"\b\d{6}\b", message["text"])
            if code and message["to"].startswith(login + "@") and message["id"] not in seen:
                return code.group()
        time.sleep(0.1)
    raise AssertionError("no code came for " + login)


def answer(form, seen):
    person = TARGET["person"]
    return {
        "identify": lambda: {"login": person["login"], "password": person["password"]},
        "password": lambda: {"password": person["password"]},
        "code": lambda: {"code": newest_code(person["login"], seen)},
        "terms": lambda: {"accept": form["choices"]["accept"]},
        "situation": lambda: {"situation": form["choices"]["situation"]},
    }[form["id"]]()


def sign_in(browser, url):
    """Follows redirects and fills in forms until the redirect URI; returns the address that came back."""
    seen = {message["id"] for message in outbox()}
    response = browser.get(url, allow_redirects=False, timeout=10)
    for _ in range(MAX_HOPS):
        if response.is_redirect:
            location = urljoin(response.url, response.headers["location"])
            if location.startswith(TARGET["redirectUri"]):
                return location
            response = browser.get(location, allow_redirects=False, timeout=10)
            continue
        page = Forms()
        page.feed(response.text)
        assert page.alert is None, f"refused: {page.alert}"
        assert page.forms, f"no form at {response.url} ({response.status_code})"
        form = page.forms[0]
        data = {**form["fields"], **answer(form, seen)}
        action = urljoin(response.url, form["action"])
        response = browser.post(action, data=data, allow_redirects=False, timeout=10)
    raise AssertionError("the sign-in did not end")


class Checks:
    """One sign-in, then what a relying party does with it. The checks run in the order in which they stand."""

    def discovery(self):
        address = TARGET["issuer"] + "/.well-known/openid-configuration"
        self.server = requests.get(address, timeout=5).json()
        assert self.server["issuer"] == TARGET["issuer"]
        assert "S256" in self.server["code_challenge_methods_supported"]

    def authorization_code_with_pkce(self):
        self.client = OAuth2Session(
            TARGET["clientId"],
            TARGET["clientSecret"],
            scope="openid profile offline_access",
            redirect_uri=TARGET["redirectUri"],
            token_endpoint_auth_method="client_secret_basic",
        )
        self.nonce, verifier = generate_token(32), generate_token(64)
        url, state = self.client.create_authorization_url(
            self.server["authorization_endpoint"],
            nonce=self.nonce,
            acr_values=TARGET["acr"],
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        back = sign_in(requests.Session(), url)
        assert parse_qs(urlsplit(back).query)["iss"] == [TARGET["issuer"]]
        self.token = self.client.fetch_token(
            self.server["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
        )

    def id_token(self):
        keys = JsonWebKey.import_key_set(requests.get(self.server["jwks_uri"], timeout=5).json())
        self.claims = jwt.decode(
            self.token["id_token"],
            keys,
            claims_cls=CodeIDToken,
            claims_options={"iss": {"essential": True, "value": TARGET["issuer"]}, "aud": {"essential": True}},
            claims_params={
                "nonce": self.nonce,
                "client_id": TARGET["clientId"],
                "access_token": self.token["access_token"],
            },
        )
        self.claims.validate(leeway=5)
        assert self.claims["acr"] == TARGET["acr"] and self.claims["sid"]

    def userinfo(self):
        response = self.client.get(self.server["userinfo_endpoint"], timeout=5)
        assert response.status_code == 200, response.text
        assert response.json()["sub"] == self.claims["sub"]

    def refresh_and_rotation(self):
        before = self.token["refresh_token"]
        after = self.client.refresh_token(self.server["token_endpoint"], refresh_token=before)
        assert after["refresh_token"] != before and after["access_token"] != self.token["access_token"]
        refused = requests.post(
            self.server["token_endpoint"],
            data={"grant_type": "refresh_token", "refresh_token": before},
            auth=(TARGET["clientId"], TARGET["clientSecret"]),
            timeout=5,
        )
        assert refused.status_code == 400 and refused.json()["error"] == "invalid_grant", refused.text


def main():
    checks, passed, failed = Checks(), 0, 0
    for name, check in [(name, check) for name, check in vars(Checks).items() if not name.startswith("_")]:
        try:
            check(checks)
            passed += 1
            print("  ok    authlib:", name.replace("_", " "))
        except Exception:  # a check that fails must not hide the next ones
            failed += 1
            print("  FAIL  authlib:", name.replace("_", " "))
            traceback.print_exc(file=sys.stdout)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
