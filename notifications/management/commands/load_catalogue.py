"""manage.py load_catalogue: event types, routes, texts, earning rules, rewards, VIP tiers and benefits."""

import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from benefits.actions.load_benefits import load_benefits
from benefits.actions.load_tier_terms import load_tier_terms
from notifications.actions.load_catalogue import FaultyTexts, load_catalogue
from notifications.shipped_texts import FOLDER, MissingTexts
from points.actions.load_earning_rules import load_earning_rules
from points.actions.load_rewards import load_rewards


class Command(BaseCommand):
    help = "Loads event types, routes, texts, rules, rewards, tiers, benefits; keeps what staff changed, and says so."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--texts", type=Path, default=FOLDER, help="a folder of default texts other than ours")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_catalogue(folder=options["texts"])
        except (MissingTexts, FaultyTexts, tomllib.TOMLDecodeError, ValueError) as error:
            raise CommandError(str(error)) from error
        rules, rewards = load_earning_rules(), load_rewards()
        tiers, benefits = load_tier_terms(), load_benefits()
        for kept in (loaded, rules, rewards, tiers, benefits):
            for difference in kept.differences:
                self.stdout.write(f"kept: {difference}")
        self.stdout.write(
            f"event types created={loaded.event_types_created} updated={loaded.event_types_updated}, "
            f"templates created={loaded.templates_created} updated={loaded.templates_updated}, "
            f"kept={len(loaded.differences)}"
        )
        self.stdout.write(
            f"earning rules created={rules.created} updated={rules.updated}, kept={len(rules.differences)}"
        )
        self.stdout.write(
            f"rewards created={rewards.created} updated={rewards.updated}, kept={len(rewards.differences)}"
        )
        self.stdout.write(
            f"rules of VIP tiers created={tiers.created} updated={tiers.updated}, kept={len(tiers.differences)}"
        )
        self.stdout.write(
            f"benefits created={benefits.created} updated={benefits.updated}, kept={len(benefits.differences)}"
        )
