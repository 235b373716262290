"""Sentences of the news that speak of what pages also ask of their readers: they are text wherever they stand."""

from __future__ import annotations

import pytest

from crawler.extract.trimming import trim

ABOVE = (
    "The council of Harbour Town met on Monday to hear what had become of the money for the ferry and its crew.",
    "Three members asked to see the books, and the clerk promised that they would be laid open by the end of the week.",
    "Nobody in the hall could say who had signed for the boilers, which were delivered in March and never paid for.",
)
BELOW = (
    "The mayor, who came late, said that she would answer all questions at the next meeting of the council.",
    "Until then the ferry crosses twice a day, as it has done since the spring, weather and crew permitting.",
    "A hearing before the court of the province is set for the autumn, and both sides have hired new lawyers.",
)

PROSE = (
    # newsletters and subscriptions
    "The newsletter reached 40,000 readers within a month of its launch.",
    "She left the paper in 2019 to write a newsletter on the economy of the valley.",
    "In its newsletter the bank warned clients of falling prices.",
    "He told subscribers to his newsletter that the fund had lost half of its value.",
    "Newsletters have become a business of their own, the report says.",
    "More than 300,000 households subscribe to the service, the company said on Tuesday.",
    "Analysts expect fewer people to subscribe next year.",
    "Subscribers pay nine dollars a month, two more than a year ago.",
    "The party asked its members to subscribe to a pledge of loyalty.",
    "Few economists subscribe to that theory now.",
    "The company will subscribe for new shares worth two billion euros.",
    "Sign up for the draft was slow in the first weeks of the war, officials said.",
    "Thousands have signed up for the march on Saturday.",
    "More than half of those who sign up for the course never finish it.",
    "Workers can sign up to the union without telling their employer, the court ruled.",
    "Subscribe or be cut off, the operator told its customers in a letter that regulators called a threat.",
    "The militia's WhatsApp channel was blocked on Friday.",
    "The attack was claimed on a Telegram channel close to the group.",
    "He wrote on his Telegram channel that the bridge had been hit by two drones.",
    # cookies, comments, discussion
    "The regulator fined the company 60 million euros over its use of cookies.",
    "Comments by the minister drew protests from both parties.",
    "Comments made in private should stay private, the judge said.",
    "The ministry did not respond to a request for comment.",
    "No one was available for comment on Sunday.",
    "The bank declined to comment on this article of the treaty.",
    "The agency's commenting policy was changed after the leak, an internal memo shows.",
    "Leave a reply in the box by Friday, residents were told, or the sirens stay silent.",
    # corrections, updates, photographs
    "The company issued a correction to its accounts for 2023.",
    "The corrected figures show that 12,000 jobs were lost.",
    "Updated figures from 2024 show a rise of 12 percent.",
    "Updated rules take effect on May 1, the ministry said.",
    "Photos of the scene showed a burning bus.",
    "Photos by residents showed a burning bus and soldiers on the roof of the town hall.",
    "Images published by the army showed two damaged ships.",
    "Video by a passer-by shows how the tower fell within seconds of the blast.",
    "Copyright is the heart of the case, which publishers brought two years ago.",
    "Copyright law does not protect ideas, the judges found.",
    "All rights reserved to the crown were handed to parliament in 1911.",
    # read, watch, listen, follow, share
    "Read more slowly and you will understand the treaty better, he told the students.",
    "See more of the country than its capital, the queen told her guests.",
    "Learn more languages, the president urged pupils in a speech on Sunday.",
    "Learn now or pay later is the motto of the school, which opened in 1990.",
    "Watch now how they vote, the senator said as the doors closed.",
    "More on the matter will be known once the court has met, the clerk said.",
    "More about the man who was found in the harbour is not known, police said.",
    "Follow me, the guide said, and the hostages ran for the trees.",
    "Follow us and you will be free, the rebels told the villagers by loudspeaker.",
    "Share this burden fairly, the chancellor asked the states.",
    "Share on share, the family bought back its company.",
    "Join us or leave, the general told the deserters.",
    "Click here, the message said, and the money was gone.",
    "Related stories have been told in the valley for centuries, of wolves that speak and of bells under the lake.",
    "Recommended daily doses of the vitamin are too low, the study found.",
    "Get the best out of both worlds is how she describes a plan that has won few friends in the app business.",
    "Follow the money on Twitter and its owners, the report advises, and one finds three banks.",
    "Continue reading the constitution and you find the answer, the judge said.",
    "Loading ships at night has been forbidden since the accident.",
    "Tags: that is what the police call the ankle monitors, of which 4,000 are in use.",
    "Categories: the law knows three of them, and the strictest covers explosives.",
    "Listen live to the debate and you hear how little has changed, the historian said.",
    "Reading time and again about the flood has made people numb, the priest said.",
    "Thank you for reading my letter to the end, the condemned man wrote to the governor.",
    "Don't miss the point, the judge told the lawyer: nobody asked the tenants.",
    "The director can be reached at sea only by radio, his office said.",
    "This article was first proposed in 1948, and it has stood in the constitution since.",
    "This story has been told many times, though never by those who survived it.",
    "Hedge funds must be logged in a public register under the new rules.",
    "The vote will be delivered to your door, the slogan of the campaign promised.",
    "Send tips on tax fraud and earn a share, the new law tells citizens.",
    "Make a donation or lose your seat: so a delegate describes the custom.",
    "Members become a member of the pension fund on their first day, the contract says.",
    "He asked voters to support our work, and they did not.",
    # other languages
    "Der Newsletter der Partei erreichte im Mai 40.000 Leser.",
    "Wer die Zeitung abonniert, zahlt ab Juli zwei Euro mehr.",
    "Rund 300.000 Haushalte abonnieren den Dienst, teilte das Unternehmen mit.",
    "Die Regierung unterstützt unsere Forderung nicht, sagte der Bürgermeister.",
    "Teilen wollten sich die Brüder den Hof nie.",
    "Mehr zu sagen habe er nicht, erklärte der Minister.",
    "Weiterlesen durfte der Zeuge auf Anordnung des Richters nicht.",
    "Quellen: So nennt der Dienst Menschen, die ihm Akten verkaufen.",
    "Anzeige erstattete am Freitag auch der Vater des Opfers.",
    "Kommentare zu dem Fall lehnte die Staatsanwaltschaft ab.",
    "Jetzt bestellen die Kliniken wieder Masken, wie eine Umfrage zeigt.",
    "Le journal compte 300 000 abonnés, dont la moitié en ligne.",
    "Partager le pouvoir ne lui a jamais plu.",
    "Crédit agricole et Société générale ont annoncé une hausse de leurs bénéfices.",
    "Les Français soutenez-les, a lancé le ministre à ses homologues.",
    "Suscribió el acuerdo el presidente en persona.",
    "El ministro suscribió el tratado en nombre de los tres países.",
    "Comparte la presidenta el diagnóstico de su rival.",
    "Unos 300.000 hogares se suscriben cada año al servicio.",
    "El grupo difundió el mensaje en su canal de Telegram.",
    "Condividi il pane, dice un proverbio del paese.",
    "Leggi tutto ciò che firmi, ripete il notaio ai giovani.",
    "Il governo sostieni solo le grandi imprese, accusano i sindacati.",
    "O grupo reivindicou o ataque num canal do Telegram.",
    "De partij telt 40.000 leden en kreeg er in mei duizend bij, meldt haar nieuwsbrief.",
    "Подписаться под обращением отказались трое депутатов.",
    "Губернатор сообщил об этом в своём telegram-канале.",
    "Фото: так в редакции называли отдел, который закрыли в мае.",
    "Министр сообщил в Telegram-канале, что мост повреждён.",
    "کانال تلگرام وزارتخانه از روز شنبه در دسترس نیست.",
    "אלפים הצטרפו להפגנה בכיכר ביום שבת, מסרה המשטרה.",
    "اشترك آلاف العمال في المسيرة يوم السبت.",
    "تابعوا المباراة في الساحة آلاف المشجعين حتى منتصف الليل.",
)


def _trimmed(paragraphs: tuple[str, ...]) -> tuple[str, ...]:
    none: frozenset[str] = frozenset()
    return trim(paragraphs, titles=["A ferry"], authors=[], outlet_names=[], captions=none, links=none).paragraphs


@pytest.mark.parametrize("sentence", PROSE)
def test_a_sentence_of_the_news_stays_at_the_beginning_in_the_middle_and_at_the_end(sentence: str):
    places = {
        "beginning": (sentence, *ABOVE, *BELOW),
        "middle": (*ABOVE, sentence, *BELOW),
        "end": (*ABOVE, *BELOW, sentence),
    }
    assert [place for place, lines in places.items() if _trimmed(lines) != lines] == []
