"""Pseudo-text: real function words, invented content words, Zipf frequencies, all from a seed."""

from __future__ import annotations

import random
from itertools import accumulate

SYLLABLES = (
    "al ba cor den el fi gra hu in jo ka lum mer no or pel qui ran sol ter un ver wal xen yor zu "
    "ban cel dor fen gil har lis mon nar pos rec sta tor vin"
)
FIRST_NAMES = "Ana Ben Carla Dmitri Elena Farid Grace Hugo Iris Jonas Keiko Lamin Mara Nils"


class Language:
    """Writes pseudo-text: real function words, invented content words, Zipf frequencies."""

    def __init__(self, code: str, function_words: str, said: str, vocabulary: int = 6000):
        self.code, self.said = code, said
        rng = random.Random(f"language {code}")
        self.function_words = function_words.split()
        syllables, self.first_names = SYLLABLES.split(), FIRST_NAMES.split()
        words = {"".join(rng.choices(syllables, k=rng.randint(2, 4))): None for _ in range(vocabulary)}
        self.content_words = list(words)
        self._function_weights = list(accumulate(1 / (n + 2) for n in range(len(self.function_words))))
        self._content_weights = list(accumulate(1 / (n + 8) for n in range(len(self.content_words))))
        self.small_talk = [self.phrase(rng, rng.randint(5, 40)) for _ in range(300)]

    def name(self, rng: random.Random) -> str:
        """A person's name."""
        return f"{rng.choice(self.first_names)} {rng.choice(self.content_words[:2000]).capitalize()}"

    def phrase(self, rng: random.Random, words: int, topic: list[str] | None = None) -> str:
        """That many words, capitalised; topic words turn up often."""
        content = iter(rng.choices(self.content_words, cum_weights=self._content_weights, k=words))
        function = iter(rng.choices(self.function_words, cum_weights=self._function_weights, k=words))
        out, draw = [], rng.random
        for _ in range(words):
            if draw() < 0.45:
                out.append(next(function))
            elif topic and draw() < 0.3:
                out.append(rng.choice(topic))
            else:
                out.append(next(content))
        text = " ".join(out)
        return text[0].upper() + text[1:]

    def paragraph(self, rng: random.Random, topic: list[str]) -> str:
        """Two to five sentences, at times with a quotation."""
        sentences = [self.phrase(rng, rng.randint(8, 22), topic) + "." for _ in range(rng.randint(2, 5))]
        if rng.random() < 0.3:
            sentences.append(f"“{self.phrase(rng, rng.randint(6, 16), topic)},” {self.said} {self.name(rng)}.")
        return " ".join(sentences)


LANGUAGES = {
    language.code: language
    for language in (
        Language(
            "en",
            "the of and to in a is that for it as was with be by on not he his but at are this have "
            "from or had an they which one you were all her she there would their we him been has when "
            "who will no more if out so",
            "said",
        ),
        Language(
            "de",
            "der die das und in zu den von mit sich des auf für ist im dem nicht ein eine als auch "
            "es an werden aus er hat dass sie nach wird bei noch wie einem über einen so zum war haben "
            "nur oder aber vor zur bis mehr durch",
            "sagte",
        ),
        Language(
            "fr",
            "le de la et les des en un du une que est pour qui dans à par plus pas au sur ne se ce "
            "il sont avec aux ou mais comme son on cette ont été elle sa leur ses fait",
            "a déclaré",
        ),
        Language(
            "es",
            "de la que el en y a los se del las un por con no una su para es al lo como más o pero "
            "sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue",
            "dijo",
        ),
    )
}


def swap_words(rng: random.Random, text: str, language: Language, share: float) -> str:
    """Replaces about that share of the words (one at least, but never the first)."""
    words = text.split(" ")
    for _ in range(max(1, round(len(words) * share))):
        words[rng.randrange(1, len(words)) if len(words) > 1 else 0] = rng.choice(language.content_words)
    return " ".join(words)
