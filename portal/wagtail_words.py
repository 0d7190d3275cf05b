"""What Wagtail says on pages that our staff see, without Chinese or in a misleading one (Pages): said in our catalogue.

The project's catalogue comes before Wagtail's own. tests/portal/test_staff_words.py finds what is missing; whatever
Wagtail translates itself one day can go.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

WORDS = (
    _("Pages"),
    ngettext_lazy(
        '%(total)s Image <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Images <span class="w-sr-only">created in %(site_name)s</span>',
        "total",
    ),
    ngettext_lazy(
        '%(total)s Document <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Documents <span class="w-sr-only">created in %(site_name)s</span>',
        "total",
    ),
    ngettext_lazy(
        "This %(model_name)s is referenced %(usage_count)s time.",
        "This %(model_name)s is referenced %(usage_count)s times.",
        "usage_count",
    ),
    ngettext_lazy(
        '%(total)s Page <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Pages <span class="w-sr-only">created in %(site_name)s</span>',
        "total",
    ),
    _("%(start_index)s-%(end_index)s of %(items_count)s %(model_name)s"),
    _("A network error occurred"),
    _("There are no %(model_name)s to display."),
    _('There are no %(model_name)s to display. Why not <a href="%(add_url)s">add one</a>?'),
    _("There are no results."),
    _("Actions (footer)"),
    _("Add a concise description for search engines"),
    _("Add or show comments"),
    _("Any"),
    _("Anyone"),
    _("Application"),
    _("Autosave is <span>paused</span>"),
    _("Autosave is paused"),
    _("Avoid skipping levels"),
    _("Button text is empty"),
    _("Checks"),
    _("Close modal dialogs (like this one)"),
    _("Content metrics"),
    _("Correct the validation errors to resume preview (saving will highlight errors)"),
    _("Cut"),
    _("Date updated"),
    _("Edit account avatar"),
    _("Edited by"),
    _("Empty frame title found"),
    _("Empty heading found"),
    _("Enable custom keyboard shortcuts specific to Wagtail."),
    _("Exploring"),
    _("Go to the first error"),
    _("Grid layout"),
    _("Has child pages"),
    _("How we calculate our metrics"),
    _("If you just want to add pages to an existing site, create them as children of the homepage instead."),
    _("Image alt text has inappropriate pattern"),
    _("Incorrect heading hierarchy"),
    _("Input button text is empty"),
    _("Insert or edit a link"),
    _("Is commenting action"),
    _(
        "JavaScript is required to use Wagtail, but it is currently disabled.<br /> Here are the <a "
        'href="https://www.enable-javascript.com/" target="_blank" rel="noreferrer">instructions how to '
        "enable JavaScript in your web browser</a>."
    ),
    _("Keyboard shortcuts are currently enabled; manage your %(account_link)s to disable them."),
    _("Link text is empty"),
    _("List layout"),
    _("Locked by"),
    _("Meta description is empty"),
    _("Misusing paragraphs as headings"),
    _("Monospace (code)"),
    _("More contrast"),
    _("New: %(model_name)s"),
    _("Oldest"),
    _("Page type"),
    _("Page types usage"),
    _("Paste"),
    _("Paste without formatting"),
    _("Preview cannot display due to validation errors. <br /> Click save to highlight the relevant fields."),
    _("Readability"),
    _("Reading time"),
    _("Save changes"),
    _("Save your changes before leaving"),
    _("Saved"),
    _("Search all pages…"),
    _("Section"),
    _(
        'See our <a href="%(guide_link)s" target="_blank">content checks guide</a> for more information '
        "on how content metrics are calculated."
    ),
    _("Shortcuts"),
    _("Show issue"),
    _("Show keyboard shortcuts"),
    _("Snug"),
    _("Sort by '%(label)s' in ascending order."),
    _("Sort by '%(label)s' in descending order."),
    _("Strike-through"),
    _("Table header text is empty"),
    _("Text editing"),
    _("Text formatting"),
    _(
        "The root level is where you can add new sites to your Wagtail installation. Pages created here "
        "will not be accessible at any URL until they are associated with a site."
    ),
    _("Theme preferences"),
    _("This data explained"),
    _("To be created by %(user)s"),
    _("Toggle checks"),
    _("Toggle minimap"),
    _(
        "Troubleshoot your connection to the site before proceeding. Open the editor in a separate tab "
        "to view the last saved version."
    ),
    _("Usage count: (high to low)"),
    _("Usage count: (low to high)"),
    _("Use a meaningful title for screen reader users"),
    _("Use meaningful text"),
    _("Use meaningful text for screen reader users"),
    _("Use proper heading tags"),
    _("Use server language: %(language_name)s"),
    _("View latest version"),
    _("Wagtail %(current_version)s editor guide"),
    _("We calculate reading time from word count, using different reading speeds for different languages."),
    _("We extract the main content from the page preview, remove all formatting, and calculate the number of words."),
    _(
        "We use a readability formula based on length of words and sentences. Long sentences and words "
        "result in a worse readability score."
    ),
    _("Words"),
    _("account"),
    _("admin theme"),
    _("contrast"),
    _("density"),
    _("exact"),
)
