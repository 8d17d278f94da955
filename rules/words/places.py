"""Places that a customer may move to: "moved to Spain" names no competitor."""

from __future__ import annotations

PLACES = frozenset(
    (
        "europe asia africa america australia germany france spain italy portugal poland austria"
        " switzerland belgium netherlands holland denmark sweden norway finland ireland england"
        " scotland wales britain greece russia ukraine romania hungary czechia canada mexico"
        " brazil argentina chile colombia peru china japan korea india pakistan singapore malaysia"
        " thailand vietnam indonesia philippines israel egypt morocco nigeria kenya dubai qatar"
        " london paris berlin munich hamburg cologne frankfurt stuttgart vienna zurich geneva"
        " madrid"
        " barcelona lisbon rome milan turin amsterdam rotterdam brussels antwerp copenhagen"
        " stockholm"
        " oslo helsinki dublin edinburgh glasgow manchester birmingham leeds bristol liverpool"
        " warsaw"
        " prague budapest athens istanbul moscow kyiv bucharest toronto vancouver montreal calgary"
        " ottawa chicago boston seattle austin dallas houston denver phoenix atlanta miami orlando"
        " tampa portland philadelphia detroit minneapolis nashville charlotte baltimore brooklyn"
        " manhattan sydney melbourne brisbane perth auckland tokyo osaka seoul beijing shanghai"
        " shenzhen mumbai delhi bangalore bengaluru chennai hyderabad pune manila jakarta bangkok"
        " texas california florida arizona nevada oregon washington colorado utah ohio michigan"
        " illinois indiana wisconsin minnesota iowa missouri kansas georgia alabama tennessee"
        " kentucky virginia maryland pennsylvania massachusetts connecticut vermont maine hawaii"
        " alaska ontario quebec alberta bavaria saxony hesse cornwall devon kent essex surrey"
        " yorkshire queensland victoria zealand york jersey angeles vegas francisco diego"
    ).split()
) | frozenset({"new york", "new zealand", "new jersey", "los angeles", "las vegas"})
