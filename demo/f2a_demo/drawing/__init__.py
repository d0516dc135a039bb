"""Original, licence-free illustrations in anime style, drawn from a seed, with exact face boxes.

    for picture in gallery(150, seed=0):
        picture.pixels, picture.boxes, picture.tags

A `Scene` is plain values (a background and `Figure` s, each with looks, expression, pose and place);
`render` turns it into pixels, and the boxes come from the same numbers. `Figure.box` says what a box
encloses.
"""

from f2a_demo.drawing.compose import random_expression, random_look, random_pose, random_scene
from f2a_demo.drawing.figure import Figure
from f2a_demo.drawing.gallery import draw, draw_faceless, gallery
from f2a_demo.drawing.geometry import Transform
from f2a_demo.drawing.look import Expression, Look, Pose
from f2a_demo.drawing.scene import Illustration, Scene, render
from f2a_demo.drawing.variant import variant

__all__ = [
    "Expression",
    "Figure",
    "Illustration",
    "Look",
    "Pose",
    "Scene",
    "Transform",
    "draw",
    "draw_faceless",
    "gallery",
    "random_expression",
    "random_look",
    "random_pose",
    "random_scene",
    "render",
    "variant",
]
