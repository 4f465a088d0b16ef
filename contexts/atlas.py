"""Countries, states and big towns, as English writes them. None that is a usual word or a given name as well."""

from typing import Final

COUNTRIES: Final = """
    Afghanistan; Albania; Algeria; Andorra; Angola; Argentina; Armenia; Australia; Austria; Azerbaijan; Bahamas;
    Bahrain; Bangladesh; Barbados; Belarus; Belgium; Belize; Benin; Bhutan; Bolivia; Bosnia and Herzegovina; Bosnia;
    Botswana; Brazil; Brunei; Bulgaria; Burkina Faso; Burundi; Cambodia; Cameroon; Canada; Cape Verde; Chile; China;
    Colombia; Congo; Costa Rica; Croatia; Cuba; Cyprus; Czech Republic; Czechia; Denmark; Djibouti; Dominican
    Republic; Ecuador; Egypt; El Salvador; England; Eritrea; Estonia; Eswatini; Ethiopia; Fiji; Finland; France;
    Gabon; Gambia; Germany; Ghana; Great Britain; Greece; Greenland; Grenada; Guatemala; Guinea; Guyana; Haiti;
    Honduras; Hong Kong; Hungary; Iceland; India; Indonesia; Iran; Iraq; Ireland; Israel; Italy; Ivory Coast;
    Jamaica; Japan; Kazakhstan; Kenya; Kosovo; Kuwait; Kyrgyzstan; Laos; Latvia; Lebanon; Lesotho; Liberia; Libya;
    Liechtenstein; Lithuania; Luxembourg; Madagascar; Malawi; Malaysia; Maldives; Malta; Mauritania; Mauritius;
    Mexico; Moldova; Monaco; Mongolia; Montenegro; Morocco; Mozambique; Myanmar; Namibia; Nepal; Netherlands; New
    Zealand; Nicaragua; Niger; Nigeria; North Korea; North Macedonia; Northern Ireland; Norway; Oman; Pakistan;
    Palestine; Panama; Papua New Guinea; Paraguay; Peru; Philippines; Poland; Portugal; Puerto Rico; Qatar; Romania;
    Russia; Rwanda; Samoa; San Marino; Saudi Arabia; Scotland; Senegal; Serbia; Seychelles; Sierra Leone; Singapore;
    Slovakia; Slovenia; Somalia; South Africa; South Korea; South Sudan; Spain; Sri Lanka; Sudan; Suriname; Sweden;
    Switzerland; Syria; Taiwan; Tajikistan; Tanzania; Thailand; Tibet; Togo; Tonga; Trinidad; Tunisia; Turkmenistan;
    Uganda; Ukraine; United Arab Emirates; United Kingdom; United States; United States of America; Uruguay;
    Uzbekistan; Vanuatu; Vatican City; Venezuela; Vietnam; Wales; Yemen; Zambia; Zimbabwe; USA; U.S.; U.S.A.; UK;
    UAE; Europe; Africa; Asia; Antarctica; South America; North America; Scandinavia
"""
STATES: Final = """
    Alabama; Alaska; Arizona; Arkansas; California; Colorado; Connecticut; Delaware; Florida; Hawaii; Idaho;
    Illinois; Indiana; Iowa; Kansas; Kentucky; Louisiana; Maryland; Massachusetts; Michigan; Minnesota; Mississippi;
    Missouri; Nebraska; Nevada; New Hampshire; New Jersey; New Mexico; North Carolina; North Dakota; Ohio; Oklahoma;
    Oregon; Pennsylvania; Rhode Island; South Carolina; South Dakota; Tennessee; Texas; Utah; Vermont; West
    Virginia; Wisconsin; Wyoming; Bavaria; Saxony; Catalonia; Andalusia; Tuscany; Lombardy; Sicily; Brittany;
    Normandy; Ontario; Quebec; British Columbia; Alberta; New South Wales; Queensland; Tasmania; Punjab; Kerala;
    Maharashtra
"""
TOWNS: Final = """
    Aachen; Aarhus; Abu Dhabi; Accra; Adelaide; Addis Ababa; Algiers; Almaty; Amman; Amsterdam; Ankara; Antwerp;
    Athens; Atlanta; Auckland; Baghdad; Baku; Baltimore; Bangalore; Bangkok; Barcelona; Basel; Beijing; Beirut;
    Belfast; Belgrade; Bengaluru; Bergen; Berlin; Bern; Bilbao; Birmingham; Bogotá; Bogota; Bologna; Bonn; Bordeaux;
    Boston; Brasília; Bratislava; Bremen; Brisbane; Bristol; Brno; Brussels; Bucharest; Budapest; Buenos Aires;
    Cairo; Calgary; Canberra; Cape Town; Caracas; Cardiff; Casablanca; Chennai; Chicago; Cincinnati; Cleveland;
    Cologne; Copenhagen; Dakar; Dallas; Damascus; Delhi; Den Haag; Denver; Detroit; Dhaka; Doha; Dortmund; Dresden;
    Dubai; Dublin; Durban; Düsseldorf; Edinburgh; Edmonton; Essen; Florence; Frankfurt; Gdansk; Geneva; Genoa;
    Ghent; Glasgow; Gothenburg; Graz; Guadalajara; Guangzhou; Hamburg; Hanoi; Hanover; Hannover; Havana; Helsinki;
    Ho Chi Minh City; Honolulu; Houston; Hyderabad; Innsbruck; Istanbul; Jakarta; Jerusalem; Johannesburg; Kabul;
    Karachi; Karlsruhe; Kathmandu; Kiev; Kyiv; Kolkata; Kraków; Krakow; Kuala Lumpur; Kyoto; Lagos; Lahore; Las
    Vegas; Lausanne; Leeds; Leipzig; Lille; Lima; Linz; Lisbon; Liverpool; Ljubljana; London; Los Angeles; Luanda;
    Lucerne; Lyon; Madrid; Malaga; Málaga; Malmö; Manchester; Manila; Mannheim; Marrakesh; Marseille; Medellín;
    Melbourne; Mexico City; Miami; Milan; Milwaukee; Minneapolis; Minsk; Montevideo; Montpellier; Montreal;
    Montréal; Moscow; Mumbai; Munich; München; Münster; Nagoya; Nairobi; Nantes; Naples; Nashville; New Delhi; New
    Orleans; New York; New York City; Newcastle; Nottingham; Nuremberg; Nürnberg; Oakland; Odessa; Osaka; Oslo;
    Ottawa; Oxford; Palermo; Paris; Perth; Philadelphia; Pittsburgh; Porto; Portland; Prague; Pretoria; Pune; Quito;
    Reykjavik; Riga; Rio de Janeiro; Riyadh; Rome; Rotterdam; Sacramento; Salt Lake City; Salzburg; San Antonio; San
    Diego; San Francisco; San Jose; Santiago; Sao Paulo; São Paulo; Sapporo; Sarajevo; Seattle; Seoul; Seville;
    Shanghai; Sheffield; Shenzhen; Skopje; Sofia; St. Louis; St. Petersburg; Stockholm; Strasbourg; Stuttgart;
    Sydney; Taipei; Tallinn; Tampa; Tashkent; Tbilisi; Tehran; Tel Aviv; The Hague; Thessaloniki; Tirana; Tokyo;
    Toronto; Toulouse; Trieste; Tunis; Turin; Utrecht; Valencia; Vancouver; Venice; Vienna; Vilnius; Warsaw;
    Wellington; Winnipeg; Wrocław; Wroclaw; Yokohama; Zagreb; Zaragoza; Zurich; Zürich; Washington; Washington,
    D.C.; Washington DC; Silicon Valley; Manhattan; Brooklyn; Lake Constance
"""


def _listed(written: str) -> list[str]:
    return [" ".join(name.split()) for name in written.split(";")]


PLACES: Final = frozenset(_listed(COUNTRIES) + _listed(STATES) + _listed(TOWNS))
COMPANIES: Final = frozenset(
    _listed(
        """
        Adidas; Airbnb; Airbus; Alibaba; Amazon; AMD; Atlassian; Audi; BASF; Bayer; BBC; BMW; Boeing; Bosch; Canon;
        Cisco; CNN; Continental; DHL; Deutsche Bahn; Deutsche Telekom; Dropbox; eBay; Ericsson; European Union;
        Facebook; FedEx; Fiat; Ford; General Electric; GitHub; GitLab; Google; Greenpeace; Hitachi; Honda; HSBC;
        Huawei; IBM; IKEA; Infosys; Intel; JPMorgan; KLM; KPMG; LinkedIn; Lufthansa; Mastercard; McDonald's;
        Mercedes-Benz; Microsoft; Mozilla; NASA; NATO; Nestlé; Netflix; Nike; Nintendo; Nokia; Novartis; Nvidia;
        OpenAI; Oracle; Panasonic; PayPal; Pepsi; Pfizer; Philips; Porsche; PwC; Qualcomm; Red Cross; Renault;
        Roche; Ryanair; Samsung; SAP; Shell; Siemens; Slack; SpaceX; Spotify; Starbucks; Stripe; Tesla; Toshiba;
        Toyota; UNESCO; UNICEF; United Nations; Vodafone; Volkswagen; Volvo; Walmart; WhatsApp; World Health
        Organization; Yahoo; YouTube; Zalando
        """
    )
)
