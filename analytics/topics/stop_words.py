"""Words of requests and of talk about the chat itself, which are not topics: 'explain', 'previous answer'.

The keys are ISO 639-1 codes. Stop words of the languages are elsewhere."""

FILLERS = {
    "en": """
        act add additionally advise allow amend analyse analyze answer answers apply approach ask assign
        assist associated assume based begin beginning best better bit brainstorm brief bring build
        built calculate call captivating catchy certain chat check choose clarify come compare comparing
        complete compose compute concise conclude consider considering construct contrast conversation
        convince correct correctly covering craft create created creative critique current currently
        debug define definitively delve demonstrate describe describing description descriptive detailed
        details determine develop devise difference differences different discover discovered discuss
        display draft draw easy edit eight elaborate elements embody embrace engaging enhance ensure etc
        evaluate everyone exactly examine example examples exist exists explain explained explanation
        express extract fact facts feature features featuring fewer fewest fill find finish first five
        fix follow following format formula four friendly further general generate give given go good
        goodbye greetings guess half handle happen happening happens heading hello help helpful hey hi
        highest highlight highlighting hint hints idea ideas identify illustrate imagine implement
        improve include included includes including incorporate indicate input insert insights
        interesting intriguing introduce introduction involve involved involves involving issue justify
        key kind know last let's list long look looking lot lowest main make making mean meaning means
        mention mentioned method methods modify name named need next nice nine occur occurring occurs
        offer one option options order outline output paragraph paragraphs part perform persuasive
        phrase phrases pick picture places play please point points popular possible prepare present
        pretend previous print produce professional programmed prompt propose prove provide provided
        purpose put puts question questions read real-world reason reasons recent recommend refine
        reformulate relate related relationship remove repeat rephrase reply require required respond
        response responses result results return returns revise rework rewrite sample say scenario
        section select sentence sentences seven short shorten shorter show shown similar simple
        simplified simplify situation situations six solution solutions solve someone speak specific
        start statement statements step step-by-step steps stuff style succinct suddenly suggest
        suggestion suggestions summarise summarize summary suppose surrounding take talk task tasked
        tasks taught teach tell ten term terms thank thanks thing things think third thought thoughts
        three tip tips told top topic topics trained translate true try two type types understand unique
        up update use used user users using value values various version vivid want way ways welcome
        who's whole word words work works worst write written wrong yes
    """,
    "de": """
        antwort antworte antworten art arten aufgabe bedeutet beispiel beispiele benutze benutzen
        beschreib beschreibe beschreiben besser beste besten bitte brauche braucht danke ding dinge
        erklär erkläre erklären erste erstelle erstellen ersten erzähl erzähle finde frage fragen
        funktionieren funktioniert geht gib gut gute guten hallo hilf hilfe idee ideen kurz kurze leute
        liste mach mache machen möchte nenn nenne neue neuen problem sag sage satz schreib schreibe
        schreiben sätze tag text thema tipp tipps tschüss unterschied unterschiede vergleiche verstehe
        verstehen verwende verwenden vorherige wissen wort wörter würde zeig zeige zeit zusammenfassung
        zweite übersetze übersetzen
    """,
    "fr": """
        aide aider bonjour bonsoir cherche chose choses comparer crée créer différence différences dire
        dis donne donner décrire décris exemple exemples explique expliquer expliquez fais faites façon
        gens idée idées jour liste meilleur meilleure merci montre mot mots moyen nouveau nouvelle peux
        phrase phrases pouvez problème question questions réponds réponse résume résumé salut savoir
        sujet temps texte traduire traduis trouver utiliser veux voudrais écrire écris
    """,
    "es": """
        adiós ayuda ayudar ayúdame buenas buenos cosa cosas crea crear cuéntame dame decir describe
        describir diferencia diferencias dime día ejemplo ejemplos escribe escribir explica explicar
        explícame favor forma frase frases gente gracias hacer haz hola idea ideas lista manera mejor
        mejores muestra necesito nueva nuevo palabra palabras podría pregunta preguntas problema puedes
        puedo quiero responde respuesta resume resumen saber tema texto tiempo traduce usar
    """,
    "it": """
        aiutami aiuto buongiorno ciao cosa cose crea creare descrivere descrivi differenza differenze
        dimmi dire domanda domande esempi esempio fammi fare favore frase frasi gente giorno grazie idea
        idee lista migliore migliori modo mostra nuova nuovo parola parole per posso problema puoi
        riassumi riassunto rispondi risposta sapere scrivere scrivi spiega spiegami spiegare tema tempo
        testo traduci usare vorrei
    """,
    "pt": """
        ajuda ajudar ajude boa bom coisa coisas criar crie descreva descrever dia diferença diferenças
        diga dizer escreva escrever exemplo exemplos explica explicar explique favor fazer faça forma
        frase frases gente ideia ideias lista maneira melhor melhores mostre nova novo obrigado olá
        palavra palavras pergunta perguntas pode posso preciso problema quero responda resposta resuma
        resumo saber tema tempo texto traduza usar
    """,
    "nl": """
        antwoord bedankt beschrijf beste betekent dag ding dingen geef goed hallo help hulp idee ideeën
        kort leg leg-uit lijst maak maken manier mensen nieuwe noem probleem schrijf schrijven tekst
        tijd uitleg uitleggen verschil verschillen vertaal vertel voorbeeld voorbeelden vraag vragen
        weten woord woorden zin zinnen
    """,
}
