"""A cheap guess whether a note is English: function words and letters, nothing learned."""

from __future__ import annotations

import re
import unicodedata

_ENGLISH = frozenset(
    (
        "the and of to is was were are be been we they our their your you it that this for with"
        " not but because from have has had do did does what when which than by about would could"
        " i my he she them us as or if there so very just only after before into out up who why"
        " customer client price support team account said says need needed using"
    ).split()
)
_FOREIGN = frozenset(
    (
        # German
        "der das den dem des und ist war waren nicht kein keine keinen wir sie ihr ich mit von zu"
        " zum zur auf fur fuer ein eine einen einem einer wurde wurden wird haben hat hatte sind"
        " bei nach aber auch nur noch mehr sehr weil kunde kunden kundin preis teuer wegen uber"
        " ueber durch unser unsere ihre kundigung kuendigung gekundigt angebot leider"
        # French
        " le les une des du et est etait sont nous vous ils elles pas ne plus trop avec pour dans"
        " sur qui que mais ou ont avons leur leurs notre votre cher client prix tres car parce"
        " resilie service apres aux cette"
        # Spanish, Portuguese
        " el los las una unos y es era eran fue no se por para con del muy mas pero porque cliente"
        " precio demasiado caro nuestro nuestra sus su ya lo esta estaba nao uma os as um com"
        " muito mas preco cancelou empresa"
        # Italian
        " il gli di che non per sono era troppo con del della dei piu ma perche cliente prezzo"
        " costoso nostro nostra servizio"
        # Dutch, Scandinavian, Polish
        " het een niet wij zij ons onze met voor van te duur klant prijs omdat maar ook naar geen"
        " og ikke det som av til pa vi och inte att ar kunden for dyrt"
        " jest nie sie na w z do klient cena za drogo bo"
    ).split()
) - frozenset(
    # words that are English, too, or that turn up in English notes
    "as no me so on a i an war client service for per ma mas do to was among as us sur con sus se"
    " des die den met van as y w z na es ya pa bo du ons plus non".split()
)


def is_english(note: str) -> bool:
    """False where another language's words clearly outweigh; a note of one word passes."""
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", note.lower())
        if not unicodedata.combining(char)
    )
    letters = [char for char in plain if char.isalpha()]
    latin = sum(char < "ɐ" for char in letters)
    if letters and latin < 0.6 * len(letters):
        return False
    words = re.findall(r"[a-zßøæł]+", plain)
    foreign = sum(word in _FOREIGN for word in words)
    english = sum(word in _ENGLISH for word in words)
    return foreign <= english if foreign else True
