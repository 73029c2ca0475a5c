// see COneDNN
