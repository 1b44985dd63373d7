"""Which profile a box gets from its User-Agent, the launcher's query and what is built."""

from __future__ import annotations

import pytest

from channel.profiles import choose, load_profiles
from feeds.base.errors import NotFound

PROFILES = load_profiles()
AGENTS = {
    "Mozilla/4.0 (compatible; MSIE 6.0; EIS iPanel 3.0 ; unknown)": "ipanel-hd",
    "Mozilla/5.0 (X11; iPanel Advanced 1.0) AppleWebKit/534.24": "ipanel-adv-hd",
    "Mozilla/5.0 (compatible; EIS iPanel 2.0; Linux2.4.26/mips; win32; HI3110) AppleWebKit/2.0 (KHTML, like Gecko)"
    " EC2106V1H Hybroad;Resolution(PAL,720P,1080i)": "iptv-hd",
    "Mozilla/5.0 (X11; Linux i686; en-US) AppleWebKit/534.0 (KHTML, like Gecko) Ranger/3.0.88127.2615 EC2108 Sunniwell;"
    " Resolution(PAL,720P,1080i); EIS iPanel 2.0": "iptv-hd",
    "webkit;Resolution(PAL,720P,1080P);Ranger:width=1280&height=720": "iptv-hd",
    "B700-V2A|Mozilla|5.0|ztebw(Chrome)|1.2.0;Resolution(PAL,720p,1080i) AppleWebKit/535.7 (KHTML, like Gecko)"
    " Chrome/16.0.912.63 Safari/535.7": "iptv-hd",
    "Mozilla/5.0 (X11; Linux x86_64; Fhbw2.0) AppleWebKit/534.24 (KHTML, like Gecko) Safari/534.24"
    " android/chromium/webkit": "iptv-hd",
    "Mozilla/5.0 (X11; Linux x86_64; SkyworthBrowser) AppleWebKit/534.24 (KHTML, like Gecko) Safari/534.24"
    " SkWebKit-SH-CTC": "iptv-hd",
    "Mozilla/4.0 (compatible; EIS iPanel 2.0; Resolution(PAL))": "ipanel-sd",
    "Mozilla/5.0 (SMART-TV; Linux) HbbTV/1.5.1 (+DRM;Vendor;Model;SW;HW;family) Safari": "hbbtv",
    "Mozilla/5.0 HbbTV/1.2.1 (+DL+PVR;Samsung;SmartTV2015;T-HKM6DEUC-1490.3;;)": "hbbtv",
    "Mozilla/5.0 (Linux) COSHIP/2.0": "coship-hd",
    "EnRich 1.0": "enrich-hd",
    "Mozilla/5.0 wobox": "inspur-hd",
    "Mozilla/3.0 (Liberate DTV 1.2)": "bitmap-sd",
    "Motorola KreaTV STB (Linux)/WebKit": "web-hd",
    "Mozilla/5.0 (Linux; Android 4.4.2; Box Build/KOT49H) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/30.0.0.0 Safari/537.36": "android-hd",
    "Mozilla/5.0 (Linux; Android 9; STB; wv) AppleWebKit/537.36 Chrome/90.0 Mobile Safari/537.36": "android-hd",
    "Mozilla/5.0 (Linux; Android 13; Phone) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36": "web-hd",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36": "web-hd",
    "": "iptv-hd",
    "   ": "iptv-hd",
    "\x00\xff nobody's": "web-hd",
}


@pytest.mark.parametrize(("agent", "expected"), AGENTS.items())
def test_a_box_is_known_by_its_user_agent(agent: str, expected: str) -> None:
    """The strings that real boxes send; an empty one is a box, and a stranger gets the union."""
    assert choose(agent, PROFILES, PROFILES) == expected


def test_the_launchers_word_is_taken_where_the_user_agent_says_nothing() -> None:
    """`stb=` in the launcher's link names a family whose browser hides behind a common User-Agent."""
    for stb, profile in {
        "suma": "suma-hd",
        "coship": "coship-hd",
        "bitmap": "bitmap-hd",
        "ipanel": "ipanel-hd",
    }.items():
        assert choose("Mozilla/5.0", PROFILES, PROFILES, {"stb": stb}) == profile
    assert choose("Mozilla/5.0", PROFILES, PROFILES, {"stb": "<b>"}) == "web-hd"


def test_a_profile_that_is_not_built_falls_back_along_its_chain() -> None:
    """To pages that its boxes can show and walk, at last to the page for everybody."""
    ipanel = "Mozilla/4.0 (compatible; MSIE 6.0; EIS iPanel 3.0 ; unknown)"
    assert choose(ipanel, ["web-hd", "bitmap-hd"], PROFILES) == "bitmap-hd"
    assert choose(ipanel, ["web-hd"], PROFILES) == "web-hd"
    sd = "EIS iPanel 2.0; Resolution(PAL)"
    assert choose(sd, ["ipanel-hd", "bitmap-sd", "web-hd"], PROFILES) == "bitmap-sd"
    assert choose("HbbTV/1.5.1", ["ipanel-hd", "bitmap-hd"], PROFILES) == "bitmap-hd"
    with pytest.raises(NotFound):
        choose(ipanel, [], PROFILES)


def test_every_chain_ends_at_the_page_for_everybody() -> None:
    """From each profile a fallback leads on, once each, to web-hd."""
    for name in PROFILES:
        chain = [name]
        while chain[-1] != "web-hd":
            chain.append(PROFILES[chain[-1]].fallback)
            assert len(chain) == len(set(chain))
