from contexts.context import Context, MessageView
from dispatch import handlers, kinds
from dispatch.handlers import Reply, Retryable
from dispatch.turns import Turn

LINE = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "minLength": 1, "maxLength": 200},
        "amount": {"type": "number", "minimum": 0},
    },
    "required": ["text", "amount"],
    "additionalProperties": False,
}
INVOICE = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "pattern": "^[0-9]{4}-[0-9]+$"},
        "lines": {"type": "array", "items": LINE, "minItems": 1, "maxItems": 500},
    },
    "required": ["number", "lines"],
}
PART = {"type": "object", "properties": {"type": {"const": "data"}, "data": INVOICE}, "required": ["type", "data"]}

kinds.declare(
    "invoice",
    schema={"type": "array", "prefixItems": [PART], "minItems": 1, "maxItems": 1},
    description="One invoice, to be booked.",
)


@handlers.register("invoice", timeout=20, concurrency=2, retry_on=(ConnectionError,))
def book_invoice(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Books an invoice; the ledger takes two at a time."""
    invoice = message.parts[0]["data"]
    if invoice["number"].startswith("0000"):
        raise Retryable("the year is not open yet", after=1)
    total = sum(line["amount"] for line in invoice["lines"])
    return Reply(f"Booked {invoice['number']}: {total:.2f} in all.", metadata={"invoice": invoice["number"]})
