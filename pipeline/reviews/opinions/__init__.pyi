from .aspects import AspectModel as AspectModel
from .aspects import Opinions as Opinions
from .aspects_features import BUILT_IN as BUILT_IN
from .opinions import WORTH as WORTH
from .opinions import AspectOpinionLike as AspectOpinionLike
from .opinions import OpinionsLike as OpinionsLike
from .sentiment_transformer import TransformerSentiment as TransformerSentiment
