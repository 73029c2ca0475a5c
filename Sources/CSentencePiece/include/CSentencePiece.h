// see CSentencePiece
