"""The letter as an e-mail's own text: all of it, legible without opening the PDF."""

from django.template.loader import render_to_string

from notifications.letters.content import LetterContent
from notifications.letters.wording import dated, insurer, labels


def plain_text(content: LetterContent) -> str:
    """Lines of text, paragraphs parted by a blank line."""
    words = labels(content.language)
    colon = "：" if content.language == "zh-hans" else ": "
    blocks = [content.title, content.salutation, *content.paragraphs]
    if content.figures:
        blocks.append("\n".join(f"{label}{colon}{value}" for label, value in content.figures))
    if content.what_to_do:
        steps = content.what_to_do
        numbered = steps if len(steps) == 1 else [f"{place}. {step}" for place, step in enumerate(steps, start=1)]
        blocks.append("\n".join([words["what_to_do"], *numbered]))
    blocks.append(words["contact"])
    blocks.append("\n".join(filter(None, [words["closing"], insurer(content.language), words["department"]])))
    blocks.append(
        f"{words['date']}{colon}{dated(content.dated_on, content.language)}\n"
        f"{words['reference']}{colon}{content.reference}\n"
        f"{words['attached']}"
    )
    return "\n\n".join(blocks) + "\n"


def html(content: LetterContent) -> str:
    """The same as a page for mail programs: styles inline, no picture, nothing fetched."""
    return render_to_string(
        "notifications/letter_email.html",
        {
            "letter": content,
            "words": labels(content.language),
            "insurer": insurer(content.language),
            "dated": dated(content.dated_on, content.language),
        },
    )
