"""A digest as a letter: HTML that mail clients leave alone, and the same in plain text.

Mail clients drop style sheets, SVG and scripts, and the desktop Outlook knows little but tables: so everything
is tables with a few inline styles, and a bar is a table cell with a background.
"""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from integrations.actions import Section
from integrations.outlets.base import Bar, Digest, Link

_INK: Final = "#1f2933"
_QUIET: Final = "#5f6c7b"
_LINE: Final = "#e4e7eb"
_ACCENT: Final = "#2f6f8f"
_FONT: Final = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

_PAGE: Final = Markup("""\
<!DOCTYPE html>
<html lang="{language}" xml:lang="{language}" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light" />
<title>{title}</title>
</head>
<body style="margin:0;padding:0;background-color:#f2f4f6">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#f2f4f6"><tr>\
<td align="center" style="padding:24px 12px">
<!--[if mso]><table role="presentation" width="600"><tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" \
style="max-width:600px;background-color:#ffffff;border-radius:8px">
<tr><td style="padding:28px 24px 4px 24px;{font};color:{ink}">
<p style="margin:0 0 6px 0;font-size:13px;line-height:18px;color:{quiet}">{account}</p>
<h1 style="margin:0;font-size:22px;line-height:30px;font-weight:600">{title}</h1>
</td></tr>
{sections}{link}
<tr><td style="padding:24px 24px 28px 24px;{font};font-size:12px;line-height:18px;color:{quiet}">{note}</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
""")
_SECTION: Final = Markup("""\
<tr><td style="padding:24px 24px 0 24px;{font};color:{ink}">
<h2 style="margin:0 0 4px 0;font-size:14px;line-height:20px;font-weight:600;color:{accent}">{heading}</h2>
{bars}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
{rows}</table>
</td></tr>
""")
_ROW: Final = Markup(
    '<tr><td style="padding:9px 0;border-top:1px solid {line};{font};font-size:15px;line-height:22px;color:{ink};'
    'word-break:break-word">{content}</td></tr>\n'
)
_QUIETLY: Final = Markup('<span style="font-size:13px;color:{quiet}">{text}</span>')
_NAME: Final = _QUIETLY + Markup("<br />")
_VALUE: Final = Markup('<span style="font-weight:600">{text}</span>')
_ONE_OF_SEVERAL: Final = Markup("<span>{text}</span>")
_CHANGE: Final = Markup(' <span style="font-size:13px;color:{quiet}">&#160;{text}</span>')
_BARS: Final = Markup(
    '<p style="margin:4px 0 2px 0;font-size:13px;line-height:18px;color:{quiet}">{name}</p>\n'
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
    'style="margin:0 0 12px 0">\n{rows}</table>\n'
)
_BAR: Final = Markup(
    '<tr><td width="34%" style="padding:3px 10px 3px 0;{font};font-size:13px;line-height:18px;color:{ink}">{label}</td>'
    '<td width="50%" style="padding:3px 0"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
    'border="0"><tr><td width="{full}%" height="10" bgcolor="{accent}" style="background-color:{accent};font-size:0;'
    'line-height:10px;border-radius:2px">&#160;</td>{rest}</tr></table></td><td width="16%" align="right" '
    'style="padding:3px 0 3px 10px;{font};font-size:13px;line-height:18px;color:{ink}">{value}</td></tr>\n'
)
_REST: Final = Markup('<td width="{rest}%" height="10" style="font-size:0;line-height:10px">&#160;</td>')
_LINK: Final = Markup(
    '<tr><td style="padding:28px 24px 0 24px;{font}"><table role="presentation" cellpadding="0" cellspacing="0" '
    'border="0"><tr><td bgcolor="{accent}" style="background-color:{accent};border-radius:6px">'
    '<a href="{href}" style="display:inline-block;padding:11px 20px;{font};font-size:15px;line-height:20px;'
    'color:#ffffff;text-decoration:none">{text}</a></td></tr></table></td></tr>'
)
_COLOURS: Final = {"ink": _INK, "quiet": _QUIET, "line": _LINE, "accent": _ACCENT, "font": _FONT}


def html(digest: Digest) -> str:
    """The letter as HTML that is well-formed XML too; every text of the digest is text in it."""
    last = len(digest.sections) - 1
    sections = Markup("").join(
        _section(each, _bars(digest) if place == digest.bars_in else Markup(""), figures=place != last)
        for place, each in enumerate(digest.sections)
    )
    return _PAGE.format(
        **_COLOURS,
        language=digest.language,
        account=digest.account,
        title=digest.title,
        sections=sections,
        link=_link(digest.link),
        note=digest.note,
    )


def text(digest: Digest) -> str:
    """The letter in plain text, lines as long as they are: clients wrap them."""
    parts = [digest.title, *map(_plain_section, digest.sections)]
    if digest.link is not None:
        parts.append(f"{digest.link.text}:\n{digest.link.href}")
    return "\n\n".join((*parts, f"-- \n{digest.note}")) + "\n"


def _plain_section(section: Section) -> str:
    return "\n".join((section.heading, *(f"- {line}" for line in section.lines)))


def _section(section: Section, bars: Markup, *, figures: bool) -> Markup:
    contents = map(_figure if figures else Markup.escape, section.lines)
    rows = Markup("").join(_ROW.format(**_COLOURS, content=content) for content in contents)
    return _SECTION.format(**_COLOURS, heading=section.heading, bars=bars, rows=rows)


def _figure(line: str) -> Markup:
    """`Tickets: 2; 1 more than 1`, or several of these after a channel's name; what is no figure is told quietly."""
    name, colon, told = line.partition(": ")
    if not colon:
        return _QUIETLY.format(**_COLOURS, text=line)
    values = told.split(" · ")
    form = _VALUE if len(values) == 1 else _ONE_OF_SEVERAL
    return _NAME.format(**_COLOURS, text=name) + Markup("<br />").join(_value(form, value) for value in values)


def _value(form: Markup, told: str) -> Markup:
    value, _, change = told.partition("; ")
    return form.format(text=value) + (_CHANGE.format(**_COLOURS, text=change) if change else "")


def _bars(digest: Digest) -> Markup:
    if not digest.bars:
        return Markup("")
    return _BARS.format(**_COLOURS, name=digest.bars_name, rows=Markup("").join(map(_bar, digest.bars)))


def _bar(bar: Bar) -> Markup:
    # No bar is without width, for Outlook gives such a cell the rest of the row.
    full = min(max(round(bar.length * 100), 1), 100)
    rest = _REST.format(rest=100 - full) if full < 100 else ""
    return _BAR.format(**_COLOURS, label=bar.label, value=bar.value, full=full, rest=rest)


def _link(link: Link | None) -> Markup:
    return Markup("") if link is None else _LINK.format(**_COLOURS, text=link.text, href=link.href)
