"""Letters (文书): issued with a step, made into PDF afterwards, checked by anybody who holds one.

``issuing`` settles and numbers what a letter says, within the command that gives rise to it;
``binding`` finds the steps that ask for one; ``making`` derives the PDF; ``verifying`` is the
public's way in; ``templates`` are the administrators'.
"""
