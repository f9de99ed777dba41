"""Drivers that are wrong, or right in an uncommon way, with what pages of other shapes have.

Each is gated on the page that it is about, see `tests.other_pages`.
"""

import datetime
import json

from tests.liars import Changing, Reference, Resigning

LIARS, HONEST = {}, {}


def convicted(page, *clauses):
    """Name the page on which a liar shows, and the clauses that convict it there, and no other."""

    def keep(liar):
        liar.page, liar.clauses = page, {f"sdk.{clause}" for clause in clauses}
        LIARS[liar.__name__] = liar
        return liar

    return keep


def honest(page):
    """Name the page on which a driver looks like a liar and is none."""

    def keep(driver):
        driver.page = page
        HONEST[driver.__name__] = driver
        return driver

    return keep


# ------------------------------------------------------------------ lists that are handed over


class OfLists(Reference):
    """A driver that changes each list, at any depth, before it hands it over."""

    def read(self, response, message):
        reply = super().read(response, message)
        if reply["outcome"] == "response":
            self.format = message["format"]
            reply["body"] = self.changed(reply["body"])
        return reply

    def changed(self, value):
        if isinstance(value, list):
            return self.items([self.changed(item) for item in value])
        if not isinstance(value, dict) or "$int" in value:
            return value
        return {name: self.changed(inner) for name, inner in value.items()}


@convicted("list_of_objects", "response.member")
class DropsLastItem(OfLists):
    """Of several items the last one is lost."""

    def items(self, items):
        return items[:-1] if len(items) > 1 else items


@convicted("list_of_texts", "response.member")
class DropsFirstItem(OfLists):
    """Of several items the first one is lost."""

    def items(self, items):
        return items[1:] if len(items) > 1 else items


@convicted("lists in lists", "response.member")
class ReversesItems(OfLists):
    """Items are handed over from the last to the first."""

    def items(self, items):
        return items[::-1]


@convicted("lists of every type", "response.member")
class SortsItems(OfLists):
    """Items are handed over in the order of their text."""

    def items(self, items):
        return sorted(items, key=str)


@convicted("one list", "response.member")
class RepeatsItems(OfLists):
    """The last of several items is there twice."""

    def items(self, items):
        return items + items[-1:] if len(items) > 1 else items


@convicted("lists in lists", "response.member")
class MergesLists(OfLists):
    """The first item has the lists of all items."""

    def items(self, items):
        for item in items[1:]:
            for name, value in item.items() if isinstance(item, dict) else ():
                into = items[0].get(name) if isinstance(items[0], dict) else None
                for wrapped, inner in value.items() if isinstance(into, dict) else ():
                    if isinstance(inner, list) and isinstance(into.get(wrapped), list):
                        into[wrapped] = into[wrapped] + inner
        return items


@convicted("list_of_objects", "response.member")
class SingleAsObject(OfLists):
    """Of XML, a list of one is handed over as an object, as readers without types do."""

    def items(self, items):
        return items[0] if self.format == "xml" and len(items) == 1 else items


@convicted("one list", "response.member", "response.text", "response.zero",
           "response.big_integer")  # fmt: skip
class SingleUnwrapped(OfLists):
    """A list of one is handed over as what stands in its only item."""

    def changed(self, value):
        value = super().changed(value)
        only = next(iter(value.values()), None) if isinstance(value, dict) else None
        is_list = isinstance(only, list) and len(value) == len(only) == 1
        return only[0] if is_list else value

    def items(self, items):
        return items


@convicted("list_of_texts", "response.member")
class OneForAll(Reference):
    """Of XML, elements of one name are one: the last, as in a dictionary of their names."""

    def read(self, response, message):
        return super().read(response, {**message, "lists": []})


@convicted("list_of_texts", "response.member", "response.simplify")
class JoinsItems(OfLists):
    """A list of leaves is handed over as one text with commas."""

    def items(self, items):
        return ",".join(str(self.plain(item)) for item in items)


@convicted("a list without examples", "response.member", "response.text")
class DropsLists(OfLists):
    """No list is handed over at all."""

    def items(self, _items):
        return None


@honest("list_of_objects")
class ItemsAlone(Reference):
    """A list is handed over as its items, without the member that TOP wraps around them."""

    def read(self, response, message):
        reply = super().read(response, message)
        names = {path.rpartition(".")[2] for path in message["lists"]}
        if reply["outcome"] == "response":
            reply["body"] = self.alone(reply["body"], names)
        return reply

    def alone(self, value, names):
        if isinstance(value, list):
            return [self.alone(item, names) for item in value]
        if not isinstance(value, dict) or "$int" in value:
            return value
        found = {name: self.alone(inner, names) for name, inner in value.items()}
        wrapped = [name for name in names & found.keys() if isinstance(found[name], dict)]
        return {**found, **{name: next(iter(found[name].values()), []) for name in wrapped}}


@honest("lists in lists")
class ItemsOfListsAlone(ItemsAlone):
    """The same of lists in lists."""


@honest("list_of_objects")
class ListAlone(ItemsAlone):
    """Of an answer the list alone is handed over, and what stands beside it is not."""

    def read(self, response, message):
        reply = super().read(response, message)
        if reply["outcome"] == "response" and response.body:
            inner = reply["body"].get("toy_basket_list_response", reply["body"])
            reply["body"] = inner.get("goods", []) if isinstance(inner, dict) else []
        return reply


@honest("list_of_texts")
class EmptyAsNothing(OfLists):
    """A list without items is handed over as null."""

    def items(self, items):
        return items or None


# ------------------------------------------------------------------ leaves that are handed over


class OfMembers(Changing):
    """A driver that changes the value of one member."""

    def changed(self, body, message):
        body = super().changed(body, message)
        if isinstance(body, dict) and body.get(self.member):
            body[self.member] = self.other(body[self.member])
        return body


@convicted("price_date_map", "response.member", "response.text")
class PriceAsNumber(OfMembers):
    """A price loses the zeros at its end."""

    member = "total"

    def other(self, value):
        return str(float(value))


@convicted("price_date_map", "response.text")
class RoundsDecimals(OfMembers):
    """A decimal goes through a double, which holds short ones."""

    member = "rate"

    def other(self, value):
        return value if len(value) < 8 else str(float(value))


@convicted("price_date_map", "response.text", "response.type")
class DecimalAsNumber(OfMembers):
    """A decimal is handed over as a floating-point number."""

    member = "rate"

    def other(self, value):
        return float(value)


@convicted("price_date_map", "response.member", "response.date", "response.type")
class DateAsTimestamp(OfMembers):
    """A date is handed over as the milliseconds since 1970."""

    member = "issued_on"

    def other(self, value):
        moment = datetime.datetime.fromisoformat(f"{value}+08:00")
        return {"$int": str(int(moment.timestamp() * 1000))}


@convicted("price_date_map", "response.member")
class DropsMaps(OfMembers):
    """Of a map with members nothing is handed over."""

    member = "extra"

    def other(self, _value):
        return {}


@convicted("only a map", "response.member")
class FirstOfAMap(OfMembers):
    """Of a map the first member is handed over."""

    member = "m"

    def other(self, value):
        return dict(list(value.items())[:1]) if isinstance(value, dict) else value


@convicted("a name at three levels", "response.text")
class OneName(Changing):
    """What has one name at several levels has the value of the first of them."""

    def changed(self, body, _message):
        x = body.get("x") or next(iter(body.values())).get("x")
        y = x.get("y") if isinstance(x, dict) else None
        if isinstance(y, dict) and {"title"} <= x.keys() & y.keys():
            y["title"] = x["title"]
        return body


# ------------------------------------------------------------------ what is sent


class OfObjects(Reference):
    """A driver that writes objects, and lists of them, in its own way."""

    def text(self, value):
        text = super().text(value)
        is_json = text and text[0] in "{[" and not isinstance(value, str)
        return self.written(json.loads(text)) if is_json else text


@convicted("object_parameter", "request.parameters")
class ObjectAsRepr(OfObjects):
    """An object is sent as Python shows it."""

    def written(self, value):
        return str(value)


@convicted("list_of_objects_in_request", "request.parameters")
class ItemsAsRepr(OfObjects):
    """A list of objects is sent as Python shows it."""

    def written(self, value):
        return str(value)


class OfLeaves(OfObjects):
    """A driver that changes the leaves of objects."""

    def written(self, value):
        return json.dumps(self.other(value), ensure_ascii=False)

    def other(self, value):
        if isinstance(value, dict):
            return {name: self.other(inner) for name, inner in value.items()}
        return [self.other(item) for item in value] if isinstance(value, list) else self.leaf(value)

    def leaf(self, value):
        return str(self.plain(value)) if isinstance(value, dict) else value


@convicted("object_parameter", "request.big_integer")
class RoundsInside(OfLeaves):
    """An integer inside an object goes through a double."""

    def other(self, value):
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        return int(float(value)) if is_integer else super().other(value)


@convicted("list_of_objects_in_request", "request.big_integer")
class RoundsInItems(RoundsInside):
    """An integer inside an object of a list goes through a double."""


@convicted("list_of_objects_in_request", "request.parameters")
class NumbersAsText(OfLeaves):
    """An integer inside an object is sent as a text."""

    def other(self, value):
        return str(value) if isinstance(value, int) else super().other(value)


@convicted("an object with lists", "request.parameters")
class TextsAsNumbers(OfLeaves):
    """A text of digits inside an object is sent as a number."""

    def other(self, value):
        digits = isinstance(value, str) and value.isdigit()
        return int(value) if digits else super().other(value)


@convicted("object_parameter", "request.encoding")
class LatinInside(OfLeaves):
    """What is not Latin inside an object is sent as question marks."""

    def other(self, value):
        if isinstance(value, str):
            return value.encode("latin-1", "replace").decode("latin-1")
        return super().other(value)


@convicted("object_parameter", "request.parameters")
class NullsInside(OfObjects):
    """What is not set inside an object is sent as null."""

    def written(self, value):
        return json.dumps({**dict.fromkeys(("start_city", "max_minutes", "prefer")), **value})


@convicted("object_parameter", "request.parameters")
class FlatObjects(OfObjects):
    """An object inside an object is sent as text."""

    def written(self, value):
        flat = {n: json.dumps(v) if isinstance(v, dict) else v for n, v in value.items()}
        return json.dumps(flat)


@convicted("list_of_objects_in_request", "request.parameters")
class SendsFirstItem(OfObjects):
    """Of a list of objects the first one is sent."""

    def written(self, value):
        return json.dumps(value[:1])


@convicted("list_of_objects_in_request", "request.parameters")
class SendsReversed(OfObjects):
    """A list of objects is sent from the last to the first."""

    def written(self, value):
        return json.dumps(value[::-1])


@convicted("list_of_objects_in_request", "request.parameters")
class SendsObjectOfOne(OfObjects):
    """A list of one object is sent as the object."""

    def written(self, value):
        return json.dumps(value[0] if len(value) == 1 else value)


@convicted("every type", "request.parameters")
class BooleanAsWord(Reference):
    """A Boolean is sent as Python shows it."""

    def leaf(self, value):
        return str(self.plain(value))


@convicted("price_date_map", "request.parameters")
class SendsTimestamps(Resigning):
    """A date is sent as the milliseconds since 1970."""

    def edited(self, request, _message):
        value = request.value("issued_on")
        if value is None:
            return request
        moment = datetime.datetime.fromisoformat(f"{value}+08:00")
        return request.edited(issued_on=str(int(moment.timestamp() * 1000)))


@convicted("price_date_map", "request.parameters")
class SendsShortPrices(Resigning):
    """A price is sent without the zeros at its end."""

    def edited(self, request, _message):
        value = request.value("least")
        return request if value is None else request.edited(least=str(float(value)))


class OfLeafLists(Reference):
    """A driver that writes lists of leaves in its own way."""

    def text(self, value):
        is_list = isinstance(value, list)
        return self.joined([self.leaf(i) for i in value]) if is_list else super().text(value)


@convicted("list_of_texts", "request.parameters")
class JoinsWithBlanks(OfLeafLists):
    """A list is sent with a blank behind each comma."""

    def joined(self, items):
        return ", ".join(items)


@convicted("list_of_texts", "request.parameters")
class SendsJsonLists(OfLeafLists):
    """A list of leaves is sent as JSON."""

    def joined(self, items):
        return json.dumps(items, ensure_ascii=False)


@convicted("list_of_texts", "request.parameters")
class SendsLastLeaf(OfLeafLists):
    """Of a list of leaves the last one is sent."""

    def joined(self, items):
        return items[-1]


@convicted("lists of every type", "request.parameters")
class SendsEachLeafOnce(OfLeafLists):
    """Of a list of dates each is sent by its day alone."""

    def joined(self, items):
        return ",".join(item[:10] for item in items)


@convicted("object_parameter", "request.parameters", "request.unaltered")
class KeepsObject(Reference):
    """An object that was sent once is sent again with the next call that has another."""

    last = None

    def params(self, message):
        found = super().params(message)
        sent, self.last = self.last, found.get("query")
        return {**found, "query": sent} if sent and self.last else found


class OtherSpelling(OfObjects):
    """An honest driver that spells JSON otherwise."""

    def written(self, value):
        return json.dumps(self.turned(value), indent=1)

    def turned(self, value):
        if isinstance(value, dict):
            return {name: self.turned(inner) for name, inner in reversed(value.items())}
        return [self.turned(item) for item in value] if isinstance(value, list) else value


@honest("object_parameter")
class SpelledObjects(OtherSpelling):
    """The members of an object are sent in another order, with blanks and escapes."""


@honest("list_of_objects_in_request")
class SpelledItems(OtherSpelling):
    """The same of the objects of a list."""


@honest("an object with lists")
class DecimalsAsNumbers(OfObjects):
    """A decimal inside an object is sent as a number, with the digits that it was given."""

    def written(self, value):
        text = json.dumps(value, ensure_ascii=False)
        rate = value.get("rate") if isinstance(value, dict) else None
        return text.replace(f'"rate": "{rate}"', f'"rate": {rate}')
