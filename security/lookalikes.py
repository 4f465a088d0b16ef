"""Letters of other scripts that look like Latin ones: chosen from those that Unicode's confusables.txt lists."""

from typing import Final

# Latin all the same, only drawn otherwise: small capitals, strokes, letters in black boxes, flags' letters.
LATIN: Final = {
    "A": "\u1d00", "B": "\u0299\u0180", "C": "\u1d04", "D": "\u1d05\u0111\u0110\u00f0\u00d0", "E": "\u1d07\u0247",
    "F": "\ua730\ua799", "G": "\u0262\u0261\u01e5", "H": "\u029c\u0127\u0126", "I": "\u026a\u0131\u0268\u0269",
    "J": "\u1d0a\u0249", "K": "\u1d0b", "L": "\u029f\u0142\u0141\u019a", "M": "\u1d0d", "N": "\u0274",
    "O": "\u1d0f\u00f8\u00d8\u0275", "P": "\u1d18", "Q": "\ua7af", "R": "\u0280\u01a6\u024d", "S": "\ua731\u01bd",
    "T": "\u1d1b\u0167\u0166", "U": "\u1d1c\u0289", "V": "\u1d20\u028b", "W": "\u1d21\u026f", "Y": "\u028f\u024f",
    "Z": "\u1d22\u01b6", "a": "\u0251\u2c65",
}  # fmt: skip
# They make a Latin word where every letter of it is one, as \u0441\u0430\u0441\u0435.
WHOLE: Final = {
    "A": "\u0391\u0410\u13aa\ua4ee", "B": "\u0392\u0412\u13f4\ua4d0", "C": "\u03f9\u0421\u13df\u2ca4\ua4da",
    "D": "\u13a0\ua4d3", "E": "\u0395\u0415\u13ac\ua4f0", "F": "\u03dc\ua4dd", "G": "\u050c\u13c0\ua4d6",
    "H": "\u0397\u041d\u13bb\u2c8e\ua4e7", "I": "\u0399\u0406\u04c0\u2c92\ua4f2", "J": "\u037f\u0408\u13ab\ua4d9",
    "K": "\u039a\u041a\u13e6\u2c94\ua4d7", "L": "\u13de\u2cd0\ua4e1", "M": "\u039c\u041c\u13b7\u2c98\ua4df",
    "N": "\u039d\u2c9a\ua4e0", "O": "\u039f\u041e\u0555\u2c9e\ua4f3", "P": "\u03a1\u0420\u13e2\u2ca2\ua4d1",
    "Q": "\u051a", "R": "\u13a1\u13d2\ua4e3", "S": "\u0405\u054f\u13da\ua4e2", "T": "\u03a4\u0422\u13a2\u2ca6\ua4d4",
    "U": "\u054d\ua4f4", "V": "\u0474\u13d9\ua4e6", "W": "\u051c\u13b3\ua4ea", "X": "\u03a7\u0425\u2cac\ua4eb",
    "Y": "\u03a5\u0423\u04ae\u2ca8\ua4ec", "Z": "\u0396\u13c3\ua4dc", "a": "\u0430", "c": "\u0441\u03f2\u2ca5",
    "d": "\u0501", "e": "\u0435\u04bd", "g": "\u0581", "h": "\u04bb\u0570", "i": "\u0456\u03b9\ua647",
    "j": "\u0458\u03f3", "l": "\u04cf", "n": "\u0578", "o": "\u043e\u03bf\u0585\u2c9f", "p": "\u0440\u2ca3",
    "q": "\u051b", "s": "\u0455", "u": "\u057d", "v": "\u0475", "w": "\u0461\u051d", "x": "\u0445",
    "y": "\u0443\u04af",
}  # fmt: skip
# They do so only beside letters that are Latin: alone they are words of their own languages.
BESIDE: Final = {
    "a": "\u03b1", "b": "\u042c\u044c\u0432\u03b2", "e": "\u03b5\u044d", "f": "\u0584", "g": "\u0563", "h": "\u043d",
    "k": "\u043a\u03ba", "m": "\u043c\u03bc", "n": "\u03b7\u043f\u057c\u0438", "N": "\u0418", "p": "\u03c1",
    "q": "\u0566", "r": "\u0433\u044f", "R": "\u042f", "t": "\u0442\u03c4", "u": "\u03c5\u0446", "v": "\u03bd",
    "w": "\u03c9\u0448\u0561", "W": "\u0428", "x": "\u03c7", "y": "\u03b3", "o": "\u03c3", "j": "\u0575",
}  # fmt: skip
PUNCTUATION: Final = {
    "'": "\u00b4\u1ffd\u2018\u2019\u201a\u201b\u02b9\u02bc\u02bb\u02c8\u2032\u05f3\ua78c",
    '"': "\u201c\u201d\u201e\u201f\u2033\u05f4\u02ba", "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u02d7",
    "/": "\u2044\u2215\u29f8", "\\": "\u2216\u29f5\u29f9", "<": "\u2039\u02c2\u27e8\u3008\u276e",
    ">": "\u203a\u02c3\u27e9\u3009\u276f", "*": "\u2217\u204e", ":": "\u2236\u05c3\ua789", ";": "\u037e",
    "|": "\u01c0\u2223\u23d0", "~": "\u223c", "=": "\ua78a", "&": "\ua778", "(": "\u2768\u276a", ")": "\u2769\u276b",
}  # fmt: skip


def table(*alike: dict[str, str]) -> dict[str, str]:
    return {other: letter for one in alike for letter, others in one.items() for other in others}
