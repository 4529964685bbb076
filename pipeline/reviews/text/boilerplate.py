"""Texts that no guest wrote: the platform's own notes in the place of a review, fillings of empty fields."""

from __future__ import annotations

import re
from typing import Final

#: what the platform posts when a stay did not take place, in the languages that it posts in
_AUTOMATED: Final = re.compile(
    r"""
      \bthis\ is\ an\ automated\ (?:posting|message|review)
    | \bthe\ host\ cancel+ed\ (?:this|my|the)\ reservation\b.{0,40}\b(?:before\ arrival|day\ of\ arrival)
    | \b(?:the|this)\ reservation\ was\ cancel+ed\b.{0,40}\b(?:before\ arrival|day\ of\ arrival)
    | \bl.h[oô]te\ a\ annul[eé]\ (?:cette|la)\ r[eé]servation
    | \br[eé]servation\ a\ [eé]t[eé]\ annul[eé]e\b.{0,40}\bavant\ (?:l.arriv[eé]e|la\ date)
    | \b(?:ceci|il\ s.agit|c.est)\ (?:est\ |d.)?un\ (?:message|commentaire)\ automatique
    | \b(?:der\ gastgeber|die\ gastgeberin)\ hat\ diese\ (?:buchung|reservierung)\b.{0,60}\bstorniert
    | \bdie\ (?:buchung|reservierung)\ wurde\b.{0,60}\bvor\ (?:der\ )?(?:anreise|ankunft)\ storniert
    | \bdies\ ist\ (?:ein|eine)\ automati\w+\ (?:erstellte\ |generierte\ )?(?:nachricht|bewertung|beitrag)
    | \b(?:el\ anfitri[oó]n|la\ anfitriona)\ (?:cancel[oó]|ha\ cancelado)\ (?:esta|la)\ reserva
    | \bla\ reserva(?:ci[oó]n)?\ (?:fue|ha\ sido)\ cancelada\b.{0,40}\bantes\ de\ la\ llegada
    | \bes(?:te|to)\ es\ un\ (?:mensaje|comentario|anuncio)\ (?:autom[aá]tico|automatizado)
    | \bl.host\ ha\ (?:cancellato|annullato)\ questa\ prenotazione
    | \bquesto\ [eè]\ un\ (?:messaggio|post|commento)\ automatico
    | \bo\ anfitri[aã]o\ cancelou\ (?:esta|a)\ reserva
    | \besta\ [eé]\ uma\ (?:mensagem|publica[cç][aã]o|postagem)\ autom[aá]tica
    | \bde\ (?:verhuurder|gastheer|host)\ heeft\ deze\ (?:reservering|boeking)\b.{0,60}\bgeannuleerd
    | \bdit\ is\ een\ (?:automatisch|geautomatiseerd)\w*\ (?:bericht|recensie)
    | (?:호스트가|숙소가).{0,30}예약을?\s?.{0,10}취소(?:했|하였|됐|되었)
    | 자동으로?\s?(?:등록|작성|게시|생성)(?:된|되는)\s?(?:글|메시지|후기|메세지)
    | (?:房东|房東|房主).{0,20}取消了?(?:此|这|這|该|該|本).{0,4}(?:预订|預訂|订单|訂單)
    | (?:这|這|此|本).{0,3}(?:是)?(?:一条|一則|一篇)?(?:系统|系統)?
      自[动動](?:发|發|生|产|產)\w{0,4}(?:消息|信息|訊息|评价|評價|内容|內容)
    | ホスト(?:が|により|による).{0,30}予約.{0,10}キャンセル(?:しました|されました)
    | (?:これは|本投稿は).{0,6}自動(?:投稿|送信|生成)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_automated(text: str) -> bool:
    """Whether the platform wrote ``text`` (a note that a stay was cancelled), not a guest."""
    return _AUTOMATED.search(text) is not None


#: what files and forms hold where nobody wrote anything, in seven languages; letters and digits only
_PLACEHOLDER_WORDS: Final = """
    nan none null nil na undefined empty blank nothing nocomment nocomments nothingtosay notapplicable
    nothingtoadd
    없음 없습니다 없어요 내용없음 코멘트없음 의견없음 특별히없음 해당없음
    无 無 没有 沒有 暂无 暫無 无评论 無評論 没有评论 沒有評論 无内容 默认好评 系统默认好评 此用户没有填写评价
    なし 無し ありません 特になし 特にありません コメントなし 該当なし
    rien ras néant aucun aucuncommentaire sanscommentaire pasdecommentaire rienàsignaler
    nichts keine keinkommentar keineangabe keineangaben ka entfällt
    nada ninguno ninguna sincomentarios sincomentario ningúncomentario nadaqueañadir
"""
_PLACEHOLDERS: Final = frozenset(_PLACEHOLDER_WORDS.split())


def is_placeholder(text: str) -> bool:
    """Whether a whole review is the filling of an empty field ("nan", "N/A", "no comment", "なし")."""
    plain = "".join(sign for sign in text.casefold() if sign.isalnum())
    return plain in _PLACEHOLDERS
