"""A complete set of default texts for tests of the loading, made of the catalogue's SMS samples."""

import json
import re

from members.catalogue import event_specs


def write_texts(folder, *, leave_out=(), changed=None):
    """Writes one file. `changed`: code → {key: text} in Chinese."""
    lines = []
    for spec in event_specs().values():
        if spec.code in leave_out or not spec.notify:
            continue
        if spec.platform:
            lines += [f'["{spec.code}"]', 'variables = { customer_name = "str" }']
        for key, sample in (("zh", spec.sample_zh_sms), ("en", spec.sample_en_sms)):
            text = {"title": spec.name_en, "short": sample or "Hello {{customer_name}}"}
            text["letter"] = text["short"] + "".join(
                f" {{{{{name}}}}}" for name in re.findall(r"{{(\w+)}}", spec.sample_zh_sms)
            )
            text["short"] = text["letter"]
            if not sample:
                text["sms"] = "Hello {{customer_name}}"
            if key == "zh":
                text |= (changed or {}).get(spec.code, {})
            lines.append(f'["{spec.code}".{key}]')
            lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in text.items()]
    (folder / "all.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder
