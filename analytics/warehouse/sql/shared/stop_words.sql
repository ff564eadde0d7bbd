CREATE OR REPLACE VIEW ${dataset}.stop_words AS
-- Words that say nothing of a topic: English, German, French, Spanish, Italian, Portuguese, Dutch.
SELECT word
FROM UNNEST(REGEXP_EXTRACT_ALL(
'''
about after again all also am an and any are as at be because been before being between both but
by can could did do does doing don down during each explain few for from further get give had has
have having he help her here hers him his how if in into is isn it its itself just let like make
many me more most much my need no nor not now of off on once one only or other our out over own
please same she should show so some such tell than that the their them then there these they this
those through to too under until up us use using very want was way we were what when where which
while who whom why will with would yes you your aber als auch auf aus bei bin bis bist da damit
dann das dass dein dem den der des die dies diese diesem diesen dieser dieses dir doch dort du
durch ein eine einem einen einer eines er es etwas euch euer für gegen geht gibt habe haben hat
hier ich ihm ihn ihr ihre im ist ja kann kannst kein keine können man mehr mein mich mir mit muss
nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind soll um und uns unser unter
viel vom von vor wann warum weil welche welcher welches wenn wer werden wie wieder wir wird wo
wozu wurde zu zum zur über afin ai alors au aucun aussi autre aux avec avez avoir car ce cela
celle celui ces cet cette chez ci comme comment dans de donc elle elles en encore entre est et eu
faire fait faut il ils je la le les leur leurs lui là ma mais mes moi mon même ne nos notre nous
ont ou où par pas peu peut plus pour pourquoi qu quand que quel quelle quelles quels qui quoi sa
sans se ses si son sont sur ta te tes toi ton tous tout toute très tu un une vos votre vous été
être al algo algunos ante antes aunque bien cada como con cual cuando cuál cuándo cómo del desde
donde dos dónde el ella ellas ellos era esa ese eso esta este esto estos está están fue ha hace
hay las lo los mi mis mucho muy más nada ni nosotros nuestra nuestro otra otro para pero poco por
porque puede puedo pues quien quién qué sea ser sin sobre su sus sí también tan tiene todo todos
tus una unas uno unos usted ya yo él agli alla alle allo anche che chi come cosa così dai dal
dalla dalle degli dei della delle dello di dove due fra gli ho io lei loro mia mio molto nei nel
nella nelle noi non nostro per perché più può quale quali quando quanto quello questa questo sei
senza sia sono sua sue sul sulla suo tra tutti tutto vi voi ao aos aquela aquele até com dela dele
depois ela elas ele eles em essa esse foi foram há isso isto já lhe mas mesmo meu meus minha muito
na nas nem nossa nosso num numa não nós os pela pelo posso qual quem sem será seu seus suas são só
também tem uma umas você vocês aan alles altijd bij daar dan dat deze dit doe doen door een ga
geen haar heb hebben heeft hem het hij hoe hun ik jij kan kun maar meer men met mij mijn moet naar
niet niets nog nu om omdat onder ons ook op tegen toch toen tot uit van veel voor waar waarom
wanneer wat wel werd wij wil worden zal ze zich zij zijn zo zonder zou
''',
r'\pL+'
)) AS word
