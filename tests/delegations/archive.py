"""A workspace in which much was said: sentences of a workshop, each put together anew, and thirty that somebody
looks for later, in other words than they were said in.
"""

import random
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from contexts import documents
from contexts.knowledge import SearchDocument
from contexts.models import Conversation, Message, MessageRole, MessageStatus
from project.ids import new_id

BATCH = 500
EACH = 250  # messages of a conversation
DAYS = 400

WHO = [
    "Marta",
    "Ivo",
    "the night shift",
    "our supplier",
    "the customer",
    "Chen",
    "the auditor",
    "Pilar",
    "the apprentice",
    "the port office",
]
DID = [
    "checked",
    "ordered",
    "repaired",
    "moved",
    "measured",
    "painted",
    "shipped",
    "returned",
    "cleaned",
    "replaced",
    "tested",
    "packed",
    "counted",
    "labelled",
    "invoiced",
    "cancelled",
    "inspected",
    "borrowed",
    "sold",
    "weighed",
]
WHAT = [
    "the pump",
    "the kiln",
    "the lathe",
    "a pallet of bricks",
    "the gate",
    "the printer",
    "the forklift",
    "two crates of oranges",
    "the freezer",
    "the compressor",
    "the invoice",
    "the contract",
    "the password list",
    "the boiler",
    "the badge reader",
    "the server",
    "the backup drive",
    "the fire door",
    "the lift",
    "the van",
    "the generator",
    "the roof",
    "the heating",
    "the parking permit",
    "the coffee machine",
    "the router",
    "the microscope",
    "the sample tubes",
    "the ladder",
    "the welding set",
    "the solar panels",
    "the archive boxes",
]
WHERE = [
    "in hall 1",
    "in hall 2",
    "in hall 3",
    "in hall 4",
    "at the north gate",
    "at the south gate",
    "in the basement",
    "in the office",
    "on the second floor",
    "in the yard",
    "in Lisbon",
    "in Bergen",
    "in Riga",
    "in Genoa",
    "next to the canteen",
    "behind the depot",
]
WHEN = [
    "on Monday",
    "on Tuesday",
    "on Friday",
    "before lunch",
    "last week",
    "in March",
    "in October",
    "after the meeting",
    "at 7 in the morning",
    "during the holidays",
    "on the first of May",
    "at the end of the quarter",
    "overnight",
    "this spring",
]
AND = [
    "It took {n} minutes.",
    "The bill was {n} euros.",
    "Nobody complained.",
    "The key is with {who}.",
    "We need {n} more of them.",
    "The temperature was {n} degrees.",
    "{who} has the details.",
    "The report is number {n}.",
    "It has to be done again {when}.",
    "The warranty ends {when}.",
    "Please tell {who} about it.",
    "The code on the label was {n}.",
    "It weighs {n} kilos.",
    "The deadline is {when}.",
    "We agreed on {n} pieces.",
    "The meeting about it is {when}.",
]
ASKS = [
    "Has anybody seen {what}?",
    "Who {did} {what} {where}?",
    "When was {what} {did}?",
    "Is {what} {where}?",
    "Could {who} look at {what} {when}?",
    "What did {what} cost?",
]

# What somebody asks, and what was said about it once.
SOUGHT = (
    ("Which supplier delivers the fireproof gloves?", "Fireproof gloves come from Halvorsen, our supplier since June."),
    ("What is the maximum load of the freight lift?", "The freight lift takes a load of 1,850 kilos, no more."),
    ("How hot must the kiln be for the blue glaze?", "For the blue glaze we run the kiln at 1,240 degrees."),
    ("Who has the spare key of the chemistry cabinet?", "Ask Noor: the spare key for the chemistry cabinet is hers."),
    ("Which bank account do we use for the Bergen rent?", "Rent in Bergen is paid from the Nordea account."),
    ("When does the insurance of the forklift expire?", "The forklift's insurance expires on 14 August."),
    ("What did we decide about the vending machine contract?", "We decided to let the vending machine contract end."),
    ("How many parking permits did the city grant?", "The city granted 23 parking permits this year."),
    ("Which firmware fixed the badge reader?", "Since firmware 4.7 the badge reader opens again."),
    (
        "Where are the negatives of the anniversary photos?",
        "Negatives of the anniversary photos lie in archive box 88.",
    ),
    ("Who translated the safety manual to Portuguese?", "The safety manual was translated into Portuguese by Teresa."),
    ("What discount did Halvorsen offer?", "Halvorsen offers a discount of 7 percent above 400 pieces."),
    ("Why was the north gate closed in February?", "In February the north gate was closed because of a burst pipe."),
    ("How long do the sample tubes stay sterile?", "Unopened sample tubes stay sterile for 18 months."),
    ("Which paint is allowed on the lifeboats?", "Only Jotun paint is allowed on lifeboats."),
    ("What is the extension of the harbour pilot?", "You reach the harbour pilot under extension 7731."),
    ("Who chairs the ethics committee?", "The ethics committee is chaired by Professor Lindqvist."),
    (
        "When do the beekeepers inspect the hives on the roof?",
        "Beekeepers inspect the roof hives every second Thursday.",
    ),
    ("What caused the outage of the payroll export?", "The payroll export failed: an expired certificate."),
    ("Which torque do the wheel nuts of the van need?", "Tighten wheel nuts on the van with a torque of 160 Nm."),
    ("How much does the Riga lease increase?", "The lease in Riga increases by 3.5 percent in January."),
    ("Where is the emergency shut-off for the gas?", "The emergency shut-off of the gas is left of the canteen door."),
    ("What allergy does the new cook have?", "Careful, our new cook has an allergy to sesame."),
    ("Who won the tender for the solar panels?", "Helios won the tender for solar panels by two votes."),
    ("Which colour code marks the steam pipes?", "Steam pipes are marked with colour code RAL 3000."),
    ("How often must the eyewash stations be rinsed?", "Rinse the eyewash stations weekly, for a minute."),
    ("What is the wifi name for visitors?", "Visitors use the wifi called Magpie."),
    ("Which microscope lens was scratched?", "The 40x lens of the microscope is scratched."),
    ("When is the crane certification due?", "Certification of the crane is due in week 37."),
    (
        "What did the customer in Genoa say about the marble samples?",
        "Genoa's customer found the marble samples too dark.",
    ),
)

COMMON = (
    "Who repaired and checked the pump in hall 3 on Friday, and how many minutes did it take in Bergen or in Lisbon?"
)
COMMON_FOUND = [
    "Ivo weighed the pump in Bergen on Friday.",
    "The port office repaired the pump in hall 2 on Tuesday.",
    "The customer replaced the pump in hall 2 on Friday.",
]  # among the first 2,000


class Talker:
    """The same sentences each time."""

    def __init__(self, seed):
        self.chosen = random.Random(seed)  # noqa: S311

    def sentence(self):
        frame = (
            self.chosen.choice(ASKS)
            if self.chosen.random() < 0.2
            else "{who} {did} {what} {where} {when}. " + self._and()
        )
        text = frame.format(
            n=self.chosen.randrange(2, 2000), **{name: self.chosen.choice(words) for name, words in WORDS}
        )
        return text[0].upper() + text[1:]

    def _and(self):
        return " ".join(self.chosen.sample(AND, self.chosen.choice((0, 1, 1, 2, 3))))


WORDS = (("who", WHO), ("did", DID), ("what", WHAT), ("where", WHERE), ("when", WHEN))


def fill(workspace, authors, count, seed=11):
    """So many messages in conversations of their own; those that are sought stand among them, at places by chance."""
    talker, began = Talker(seed), timezone.now() - timedelta(days=DAYS)
    places = dict(zip(talker.chosen.sample(range(count), len(SOUGHT)), SOUGHT, strict=True))
    made, step = list[Conversation](), timedelta(days=DAYS) / count
    for first in range(0, count, EACH):
        here = min(EACH, count - first)
        made.append(Conversation(workspace=workspace, title=f"Shift {first // EACH}", message_count=here))
    Conversation.objects.bulk_create(made, batch_size=BATCH)
    for first in range(0, count, BATCH):
        rows = [
            _row(made[number // EACH], number % EACH + 1, authors, began + number * step, places.get(number), talker)
            for number in range(first, min(first + BATCH, count))
        ]
        Message.objects.bulk_create(rows)
        SearchDocument.objects.bulk_create(map(_document, rows))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE contexts_message, contexts_searchdocument, contexts_conversation")


def _row(conversation, seq, authors, moment, sought, talker):
    own = sought is None and talker.chosen.random() < 0.3
    return Message(
        id=new_id(),
        conversation=conversation,
        seq=seq,
        role=MessageRole.ASSISTANT if own else MessageRole.USER,
        kind="text",
        text=sought[1] if sought else talker.sentence(),
        status=MessageStatus.COMPLETED if own else MessageStatus.RECEIVED,
        author=None if own else talker.chosen.choice(authors),
        created_at=moment,
    )


def _document(row):
    terms = documents.document(documents.place(row), row.text)
    return SearchDocument(message=row, conversation_id=row.conversation_id, seq=row.seq, terms=terms)
