"""The ways in which an auth service falls short."""

from __future__ import annotations

from netra_validate import Rule, Severity, Sign
from netra_validate.signs import ANY_ANSWER


class AuthRules:
    """The rules of the auth check."""

    not_discovered = Rule(
        Severity.ERROR,
        "The auth service is not found",
        help="""
        None of the addresses of the option discovery answers with an OpenID configuration: JSON
        with an issuer. The finding says what each answers instead.
        No client can learn where to log in, and no service which keys to trust.
        To mend: serve the document, correct the route that leads to it, or the option.
        """,
        shows=ANY_ANSWER,
        explains=(),
    )
    fell_back = Rule(
        Severity.WARNING,
        "The auth service is found at a fall-back only",
        help="""
        The first address of the option discovery does not answer with an OpenID configuration, a
        later one does.
        Clients that know the first one only do not find it, and the others ask in vain each time.
        To mend: serve the document at the first address, or take it off the list.
        """,
        shows=(Sign.WRONG_ANSWER,),
        explains=(),
    )
    incomplete = Rule(
        Severity.ERROR,
        "The OpenID configuration lacks what is required",
        help="""
        Fields that OpenID Connect Discovery 1.0, section 3, or RFC 8414, section 2, requires are
        missing, empty or of another type. Which of the two holds follows from the address.
        Libraries refuse such a document, mostly when the first user logs in.
        To mend: complete the document.
        """,
        shows=(),
    )
    wrong_issuer = Rule(
        Severity.ERROR,
        "The issuer is not the one that was asked",
        help="""
        The issuer has to be the address under which the configuration was found, without the
        well-known path, to the letter (OpenID Connect Discovery 1.0, section 4.3; RFC 8414,
        section 3.3). The option issuer replaces what follows from the address.
        Clients refuse the document, or every token, whose issuer they compare as well. A retired
        host, an internal address and a slash at the end are the usual causes.
        To mend: set the issuer of the service to its official address.
        """,
        shows=(),
    )
    endpoint = Rule(
        Severity.ERROR,
        "An endpoint is at an address that is not to be used",
        help="""
        An address in the OpenID configuration is not https, or its host is neither canonical nor
        the service's own nor in the option hosts.
        Clients send passwords, codes and tokens there. Retired hosts end in a certificate error,
        and an internal address is reached by nobody.
        To mend: set the service's public address.
        """,
        shows=(Sign.OUTDATED_HOST,),
        explains=(),
    )
    keys_unreadable = Rule(
        Severity.ERROR,
        "The keys cannot be read",
        help="""
        The address jwks_uri answers with an error, or with something else than a JWK Set: JSON with
        an array keys (RFC 7517, section 5).
        No service can verify a token that it has not cached the key of: logins fail as the caches
        run out.
        To mend: serve the set at that address, or correct the address.
        """,
        shows=(Sign.FAILING, Sign.WRONG_ANSWER),
        explains=(),
    )
    no_usable_key = Rule(
        Severity.ERROR,
        "There is no key to verify tokens with",
        help="""
        The JWK Set is empty, or none of its keys is a whole public key for signatures.
        Every token is refused as soon as the caches run out.
        To mend: publish the public half of the key that signs.
        """,
        shows=(),
    )
    unusable_key = Rule(
        Severity.ERROR,
        "A published key cannot be used",
        help="""
        A key lacks a part that its type needs, is not in base64url, is an RSA key of fewer than
        2048 bits (RFC 7518, section 3.3), or its algorithm is one of another type of key. Keys of
        types that are not known are left alone, as RFC 7517, section 5, asks, and none is held to
        signatures that is there to encrypt with (its use, key_ops, alg or crv).
        Tokens that name this key are refused.
        To mend: publish the key anew, or take it off the list.
        """,
        shows=(),
    )
    key_ids = Rule(
        Severity.ERROR,
        "The keys cannot be told apart",
        help="""
        Two keys of one type have the same kid, or one of several keys has none (RFC 7517, section
        4.5).
        A verifier takes the wrong one, and refuses good tokens during every rotation.
        To mend: give each key an id of its own that is never used again.
        """,
        shows=(),
    )
    private_key = Rule(
        Severity.ERROR,
        "A private or symmetric key is published",
        help="""
        A key in the JWK Set has the parts that only its owner may know (d, p, q, dp, dq, qi, oth),
        or is symmetric (k). They are never shown here; the finding names the key.
        Whoever has seen it can sign tokens for any user.
        To mend: rotate the key now, publish the public parts only, and treat all tokens that it has
        signed as forged. Taking it off the list is not enough: it has been read.
        """,
        shows=(),
    )
    no_overlap = Rule(
        Severity.WARNING,
        "Fewer keys are published than a rotation needs",
        help="""
        There are fewer usable keys than the option min_keys. While a key is replaced, the old one
        has to stay until the last token that it signed has expired, and the new one has to be there
        before it signs.
        With one key every rotation logs users out, or fails for as long as the keys are cached.
        To mend: publish the next key beside the present one. Where keys are published only shortly
        before they are used, set min_keys = 1.
        """,
        shows=(),
    )
    cached_too_long = Rule(
        Severity.WARNING,
        "The keys may be cached for too long",
        help="""
        Cache-Control of the keys allows a longer time than the option max_key_age_s.
        After a rotation, and above all after a key has leaked, services go on with what they have
        for that long.
        To mend: lower max-age.
        """,
        shows=(),
    )
    token_accepted = Rule(
        Severity.ERROR,
        "A forged token is accepted",
        help="""
        A token with a signature of random bytes, or with the algorithm none and no signature, is
        answered with a success that does not say that it is invalid (active, valid or authenticated
        is false). Both are made for this request, are worth nothing and carry no name of a user.
        Whoever can write JSON is every user.
        To mend: verify signature, algorithm, issuer and expiry before anything else, and take
        flags out that switch it off.
        """,
        shows=(),
    )
    validation_failed = Rule(
        Severity.ERROR,
        "The validation of a token gives no verdict",
        help="""
        A forged token is answered with neither 401 nor 403 nor a success: 5xx is a crash over a bad
        token, 404 and 405 a wrong path or method, 400 and 422 another form than it expects.
        Nothing follows for real tokens, and a caller that takes an error for a success lets
        everyone in.
        To mend: answer 401 to a bad token. Where the endpoint is asked in another way, correct the
        options validate and validate_method.
        """,
        shows=(Sign.FAILING,),
        explains=(),
    )
    slow_validation = Rule(
        Severity.WARNING,
        "Tokens are validated slowly",
        help="""
        The median of several validations, less that of requests without a token to the same
        address, is more than max_validation_ms, and even the fastest validation is by that much
        slower than the slowest request without a token; so it is not the noise of the network. It
        was seen twice, one right after the other.
        Every request of every service waits for it. Keys that are fetched for each token and
        look-ups in a database are the usual causes.
        To mend: cache the keys, and verify in memory.
        """,
        shows=(Sign.SLOW,),
        explains=(),
    )
    login_failed = Rule(
        Severity.ERROR,
        "The login does not lead to the provider",
        help="""
        The address of the option login does not answer with a redirect that carries a redirect_uri.
        It is only looked at, not followed.
        Nobody can log in.
        To mend: read the service's logs; a client id or secret that is missing is the usual cause.
        """,
        shows=(Sign.FAILING,),
        explains=(),
    )
    redirect_host = Rule(
        Severity.ERROR,
        "The provider is to send users back to a wrong address",
        help="""
        The redirect_uri of the login is not https, or its host is neither canonical nor in the
        option hosts.
        The provider refuses it with redirect_uri_mismatch, or sends users, and the codes for their
        tokens, to a host that is no longer ours.
        To mend: correct the service's own address, and register that redirect address with the
        provider.
        """,
        shows=(Sign.OUTDATED_HOST,),
        explains=(),
    )
