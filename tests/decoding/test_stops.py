"""Streaming: pieces join to the text, and no piece shows a part of a stop string or of a character."""

from hypothesis import given
from hypothesis import strategies as st

from srm_lab.decoding.stops import Transcript, longest_partial_stop


def _bytes_decoder(ids):
    return bytes(ids).decode("utf-8", errors="replace")


def _stream(text, stops):
    transcript = Transcript(_bytes_decoder, stops)
    pieces = []
    for byte in text.encode():
        pieces.append(transcript.add(byte))
        if transcript.stopped:
            break
    pieces.append(transcript.finish())
    return pieces, transcript


def _cut(text, stops):
    starts = [text.find(stop) for stop in stops if stop in text]
    return text[: min(starts)] if starts else text


@given(
    st.text(alphabet="abcé€😀#\n ", max_size=40),
    st.lists(st.text(alphabet="ab#\n€", min_size=1, max_size=4), max_size=3),
)
def test_pieces_join_to_the_text_before_the_first_stop_that_completes(text, stops):
    pieces, transcript = _stream(text, stops)
    joined = "".join(pieces)
    first_end = min((text.find(stop) + len(stop) for stop in stops if stop in text), default=None)
    expected = _cut(text[:first_end], stops) if first_end is not None else text
    assert joined == expected
    assert transcript.stopped == (first_end is not None)
    assert not any("\ufffd" in piece for piece in pieces)


@given(st.text(alphabet="ab#", max_size=30))
def test_what_was_shown_never_has_to_be_taken_back(text):
    stops = ("##a", "#b#")
    transcript, shown = Transcript(_bytes_decoder, stops), ""
    for end, byte in enumerate(text.encode(), start=1):
        shown += transcript.add(byte)
        assert not any(stop in shown for stop in stops)
        if not transcript.stopped:
            assert len(shown) == end - longest_partial_stop(text[:end], stops)


def test_a_stop_string_may_span_tokens_and_end_inside_one():
    transcript = Transcript("".join, ("\nQ:",))
    pieces = [transcript.add(token) for token in ("The answer", " is 4.\n", "Q", ": What")]
    assert pieces == ["The answer", " is 4.", "", ""]
    assert transcript.stopped
    assert transcript.finish() == ""


def test_a_beginning_of_a_stop_string_that_goes_on_otherwise_is_shown_after_all():
    transcript = Transcript("".join, ("###",))
    assert [transcript.add("a#"), transcript.add("#b"), transcript.finish()] == ["a", "##b", ""]


def test_a_beginning_of_a_stop_string_at_the_end_is_shown_at_the_end():
    transcript = Transcript("".join, ("###",))
    assert [transcript.add("a##"), transcript.finish()] == ["a", "##"]


def test_an_incomplete_character_at_the_end_is_shown_as_such():
    transcript = Transcript(_bytes_decoder)
    assert transcript.add("é".encode()[0]) == ""
    assert transcript.finish() == "\ufffd"


def test_a_tokenizer_that_spells_a_first_word_without_its_space_is_decoded_in_context():
    def decode(tokens):
        return "".join(tokens).replace("_", " ").removeprefix(" ")

    transcript = Transcript(decode)
    assert "".join(transcript.add(token) for token in ("_Tom", "_has", "_3")) == "Tom has 3"


def test_longest_partial_stop_counts_only_proper_beginnings():
    assert longest_partial_stop("ab##", ("###",)) == 2
    assert longest_partial_stop("ab", ("###",)) == 0
    assert longest_partial_stop("ab###", ("###",)) == 2
